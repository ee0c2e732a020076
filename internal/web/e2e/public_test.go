package e2e_test

import (
	"testing"

	"attune/internal/web/e2e"
	"attune/internal/web/webtest"
)

func TestCrisisPage(t *testing.T) {
	h := webtest.New(t)
	w := inspected(t, h.URL, e2e.Look{Width: 390, Script: true})
	w.Open("/crisis").Want("988")
}
