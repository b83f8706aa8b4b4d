// Package bundle packs what goes into a ticket: files in a directory, with a manifest, as one
// archive.
package bundle

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"time"
)

// ManifestName is the manifest's file.
const ManifestName = "manifest.json"

// Manifest says what a bundle was made of and by what, so that it can be made again and compared.
type Manifest struct {
	Version      string   `json:"lastack"`
	Command      []string `json:"command"`
	Inputs       []File   `json:"inputs"`
	CaptureStart string   `json:"capture_start,omitempty"`
	CaptureEnd   string   `json:"capture_end,omitempty"`
	Files        []File   `json:"files"`
}

// File is one file and what is in it.
type File struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Describe gives a file's size and sum, under the name that it is to have in a manifest.
func Describe(path, name string) (File, error) {
	f, err := os.Open(path)
	if err != nil {
		return File{}, err
	}
	defer f.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, f)
	return File{Name: name, Bytes: n, SHA256: hex.EncodeToString(sum.Sum(nil))}, err
}

// Complete describes the named files of dir in the manifest and writes that beside them.
func Complete(dir string, names []string, m *Manifest) error {
	for _, name := range names {
		f, err := Describe(filepath.Join(dir, name), name)
		if err != nil {
			return err
		}
		m.Files = append(m.Files, f)
	}
	b, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, ManifestName), append(b, '\n'), 0o644)
}

// epoch is the time that all files in an archive have: the same content is to give the same
// archive.
var epoch = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

// Zip packs the named files of dir, in that order.
func Zip(w io.Writer, dir string, names []string) error {
	z := zip.NewWriter(w)
	for _, name := range names {
		if err := add(z, dir, name); err != nil {
			return err
		}
	}
	return z.Close()
}

func add(z *zip.Writer, dir, name string) error {
	in, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: epoch})
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return err
}
