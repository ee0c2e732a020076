package world

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"

	"attune/internal/access"
	"attune/internal/auth"
	"attune/internal/db"
)

// passkey gives a person who is signed in a passkey. Nobody can sign in with it: its private key is thrown away.
func (h *house) passkey(ref string) {
	if h.err != nil {
		return
	}
	u, name := h.users[ref], h.canary()
	site := auth.Site{Host: h.ref + ".localhost", Origin: "http://" + h.ref + ".localhost:8080", Name: h.ref}
	by, _, err := auth.Who(h.ctx, h.db, u.SignIns["full"])
	if err != nil {
		h.err = fmt.Errorf("find %s: %w", u.Ref, err)
		return
	}
	var id string
	h.do("add a passkey", func(tx *db.DB) error {
		challenge, err := auth.BeginPasskey(h.ctx, tx, by, site)
		if err != nil {
			return err
		}
		answer, err := register(site, challenge)
		if err != nil {
			return err
		}
		raised, err := auth.FinishPasskey(h.ctx, tx, by, site, challenge.ID, answer, name)
		if err != nil {
			return err
		}
		u.SignIns["full"] = raised.Token.Text()
		all, err := auth.Passkeys(h.ctx, tx, by)
		if err == nil {
			id = all[0].ID
		}
		return err
	})
	delete(u.SignIns, "pre_mfa") // a new second step ends all other sign-ins
	h.object("passkey", id, "", ref, access.Own, map[string]string{"name": name})
}

// The flags of authenticator data (WebAuthn Level 3, section 6.1): present, verified, with a credential.
const attested = 1<<0 | 1<<2 | 1<<6

// register answers a challenge as a device does, with a new passkey and no attestation.
func register(site auth.Site, c auth.Challenge) ([]byte, error) {
	var options struct {
		Challenge string `json:"challenge"`
	}
	if err := json.Unmarshal(c.Options, &options); err != nil {
		return nil, fmt.Errorf("read a challenge: %w", err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a passkey: %w", err)
	}
	point, err := key.PublicKey.Bytes() // 4, x, y
	if err != nil {
		return nil, fmt.Errorf("write a passkey: %w", err)
	}
	id, host := make([]byte, 16), sha256.Sum256([]byte(site.Host))
	_, _ = rand.Read(id) // never fails: it ends the program first
	data := append(append(host[:], attested), make([]byte, 4+16)...)
	data = append(binary.BigEndian.AppendUint16(data, uint16(len(id))), id...)
	data = append(data, 0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32) // CBOR: a map of five, kty EC2, alg ES256, P-256, x …
	data = append(append(append(data, point[1:33]...), 0x22, 0x58, 32), point[33:]...)
	object := append([]byte("\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58"), byte(len(data)))
	object = append(object, data...)
	client, err := json.Marshal(map[string]any{"type": "webauthn.create", "challenge": options.Challenge, "origin": site.Origin, "crossOrigin": false})
	if err != nil {
		return nil, err
	}
	text := base64.RawURLEncoding.EncodeToString
	return json.Marshal(map[string]any{"id": text(id), "rawId": text(id), "type": "public-key",
		"clientExtensionResults": map[string]any{"credProps": map[string]any{"rk": true}},
		"response":               map[string]any{"clientDataJSON": text(client), "attestationObject": text(object)}})
}
