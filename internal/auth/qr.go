package auth

import (
	"fmt"
	"image/color"
	"strings"

	"github.com/boombuler/barcode/qr"
)

// QR is a QR code as a drawing: the d attribute of one SVG path, in a square view box of Size units whose quiet zone
// of 4 units is part of it.
type QR struct {
	Path string
	Size int
}

const quiet = 4 // units around the code (ISO/IEC 18004)

func drawQR(text string) (QR, error) {
	code, err := qr.Encode(text, qr.M, qr.Unicode)
	if err != nil {
		return QR{}, fmt.Errorf("draw a QR code: %w", err)
	}
	width := code.Bounds().Dx()
	var path strings.Builder
	for y := range width {
		for x := 0; x < width; {
			run := 0
			for x+run < width && code.At(x+run, y) == color.Black {
				run++
			}
			if run > 0 {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", x+quiet, y+quiet, run, run)
			}
			x += run + 1
		}
	}
	return QR{Path: path.String(), Size: width + 2*quiet}, nil
}
