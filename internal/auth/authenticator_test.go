package auth_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"testing"

	"github.com/go-webauthn/webauthn/protocol/webauthncbor"

	"attune/internal/auth"
)

// The flags of authenticator data (WebAuthn Level 3, 6.1).
const (
	present  = 1 << 0
	verified = 1 << 2
	attested = 1 << 6
)

// authenticator is a device with one passkey, and a browser that says what it is told to.
type authenticator struct {
	t      testing.TB
	key    *ecdsa.PrivateKey
	id     []byte
	handle []byte
	count  uint32
	site   auth.Site
	flags  byte
}

func newAuthenticator(t testing.TB, site auth.Site) *authenticator {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	id := make([]byte, 16)
	_, _ = rand.Read(id)
	return &authenticator{t: t, key: key, id: id, site: site, flags: present | verified}
}

// options are what an authenticator needs to know of either kind of challenge.
type options struct {
	Challenge string `json:"challenge"`
	User      struct {
		ID string `json:"id"`
	} `json:"user"`
	AuthenticatorSelection struct {
		UserVerification string `json:"userVerification"`
		ResidentKey      string `json:"residentKey"`
	} `json:"authenticatorSelection"`
	UserVerification string `json:"userVerification"`
	AllowCredentials []struct {
		ID string `json:"id"`
	} `json:"allowCredentials"`
	RPID string `json:"rpId"`
	RP   struct {
		ID string `json:"id"`
	} `json:"rp"`
}

func (a *authenticator) read(c auth.Challenge) options {
	a.t.Helper()
	var o options
	if err := json.Unmarshal(c.Options, &o); err != nil {
		a.t.Fatalf("read options %s: %v", c.Options, err)
	}
	return o
}

func (a *authenticator) must(b []byte, err error) []byte {
	a.t.Helper()
	if err != nil {
		a.t.Fatal(err)
	}
	return b
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (a *authenticator) clientData(kind, challenge string) []byte {
	return a.must(json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": a.site.Origin, "crossOrigin": false}))
}

func (a *authenticator) data(flags byte) []byte {
	hash := sha256.Sum256([]byte(a.site.Host))
	return binary.BigEndian.AppendUint32(append(hash[:], flags), a.count)
}

// register answers a challenge with a new passkey.
func (a *authenticator) register(c auth.Challenge) []byte {
	a.t.Helper()
	o := a.read(c)
	a.handle = a.must(base64.RawURLEncoding.DecodeString(o.User.ID))
	point, err := a.key.PublicKey.Bytes() // 4, x, y
	if err != nil {
		a.t.Fatal(err)
	}
	public := a.must(webauthncbor.Marshal(map[int]any{1: 2, 3: -7, -1: 1, -2: point[1:33], -3: point[33:]}))
	data := append(a.data(a.flags|attested), make([]byte, 16)...)
	data = binary.BigEndian.AppendUint16(data, uint16(len(a.id)))
	data = append(append(data, a.id...), public...)
	object := a.must(webauthncbor.Marshal(map[string]any{"fmt": "none", "attStmt": map[string]any{}, "authData": data}))
	return a.must(json.Marshal(map[string]any{"id": b64(a.id), "rawId": b64(a.id), "type": "public-key",
		"clientExtensionResults": map[string]any{"credProps": map[string]any{"rk": true}},
		"response":               map[string]any{"clientDataJSON": b64(a.clientData("webauthn.create", o.Challenge)), "attestationObject": b64(object)}}))
}

// sign answers a challenge with a signature.
func (a *authenticator) sign(c auth.Challenge) []byte {
	a.t.Helper()
	client, data := a.clientData("webauthn.get", a.read(c).Challenge), a.data(a.flags)
	hash := sha256.Sum256(client)
	digest := sha256.Sum256(append(append([]byte{}, data...), hash[:]...))
	signature := a.must(ecdsa.SignASN1(rand.Reader, a.key, digest[:]))
	return a.must(json.Marshal(map[string]any{"id": b64(a.id), "rawId": b64(a.id), "type": "public-key",
		"clientExtensionResults": map[string]any{},
		"response": map[string]any{"clientDataJSON": b64(client), "authenticatorData": b64(data),
			"signature": b64(signature), "userHandle": b64(a.handle)}}))
}
