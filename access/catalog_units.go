package access

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// units are the OUs with how many accounts they hold.
func (b CatalogBrowser) units() []CatalogEntry {
	direct, below := map[string]int{}, map[string]int{}
	for i := range b.Catalog.Accounts() {
		path := b.Catalog.Accounts()[i].OUPath
		direct[path]++
		for at := path; ; {
			below[at]++
			if at == "/" {
				break
			}
			if cut := strings.LastIndexByte(at, '/'); cut > 0 {
				at = at[:cut]
			} else {
				at = "/"
			}
		}
	}
	var out []CatalogEntry
	for _, path := range b.Catalog.OUPaths() {
		line := counted(below[path], "account")
		if direct[path] != below[path] {
			line += fmt.Sprintf(", %d directly in it", direct[path])
		}
		out = append(out, CatalogEntry{Kind: KindOU, ID: unitID(path), Name: path, Line: line})
	}
	return out
}

// unitID stands for the path of an OU, which may be long and hold anything, in the value of
// a button.
func unitID(path string) string {
	h := sha256.Sum256([]byte(path))
	return "ou-" + hex.EncodeToString(h[:8])
}

// unitPath is the path of an OU by its id; a path stays one.
func (b CatalogBrowser) unitPath(id string) string {
	for _, path := range b.Catalog.OUPaths() {
		if unitID(path) == id {
			return path
		}
	}
	return id
}

func (b CatalogBrowser) unit(e CatalogEntry) CatalogDetail {
	d := CatalogDetail{CatalogEntry: e}
	d.add("Accounts", e.Line)
	var children []string
	prefix := strings.TrimSuffix(e.Name, "/") + "/"
	for _, path := range b.Catalog.OUPaths() {
		if rest, ok := strings.CutPrefix(path, prefix); ok && rest != "" && !strings.Contains(rest, "/") {
			children = append(children, rest)
		}
	}
	d.list("OUs in it that hold accounts", children)
	list, _ := b.List(KindAccount, "", e.ID) // of accounts there is always a list
	d.More = append(d.More, CatalogMore{Kind: KindAccount, In: e.ID, Count: len(list)})
	return d
}
