package db

import (
	"strings"
	"testing"
)

func TestDiskOf(t *testing.T) {
	const mounts = `21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 21 0:40 / /mnt/share rw - nfs4 server:/x rw
31 21 0:41 / /mnt/my\040disk rw - cifs //server/y rw
32 30 8:2 / /mnt/share/local rw - xfs /dev/sdb rw
33 21 0:42 / /home/ada/remote rw - fuse.sshfs ada@server: rw
34 21 0:43 / /over rw - nfs server:/z rw
35 21 8:3 / /over rw - ext4 /dev/sdc rw
a line that says nothing
`
	for _, c := range []struct{ folder, want string }{
		{"/var/lib/attune", "ext4"},
		{"/mnt/share", "nfs4"},
		{"/mnt/share/attune", "nfs4"},
		{"/mnt/shares", "ext4"},
		{"/mnt/share/local/attune", "xfs"},
		{"/mnt/my disk/attune", "cifs"},
		{"/home/ada/remote/x", "fuse.sshfs"},
		{"/over/attune", "ext4"},
	} {
		got, err := diskOf(strings.NewReader(mounts), c.folder)
		if err != nil || got != c.want {
			t.Errorf("%s: got %q, %v; want %q", c.folder, got, err, c.want)
		}
	}
}

func TestAtLeast(t *testing.T) {
	for _, c := range []struct {
		version string
		want    bool
	}{
		{"3.51.3", true}, {"3.51.10", true}, {"3.52.0", true}, {"4.0.0", true}, {"3.52", true},
		{"3.51.2", false}, {"3.46.1", false}, {"2.99.99", false}, {"3.51", false}, {"", false}, {"x", false},
	} {
		if got := atLeast(c.version, minSQLite); got != c.want {
			t.Errorf("%q: got %t, want %t", c.version, got, c.want)
		}
	}
}
