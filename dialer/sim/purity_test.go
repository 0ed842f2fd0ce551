package sim

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestPurity: a seed is the whole world only as long as nothing here asks a clock, starts a
// goroutine or draws from anything else than the seed.
func TestPurity(t *testing.T) {
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if text := impure(n); text != "" {
				t.Errorf("%s: %s", set.Position(n.Pos()), text)
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// impure tells what is wrong with a piece of source; empty when nothing is.
func impure(n ast.Node) string {
	switch n := n.(type) {
	case *ast.ImportSpec:
		path, _ := strconv.Unquote(n.Path.Value)
		if first, _, _ := strings.Cut(path, "/"); first == "dialerd" && !strings.HasPrefix(path, "dialerd/dialer") || strings.Contains(first, ".") {
			return "imports " + path
		}
	case *ast.GoStmt:
		return "starts a goroutine"
	case *ast.SelectorExpr:
		x, _ := n.X.(*ast.Ident)
		switch {
		case x == nil:
		case x.Name == "time" && slices.Contains([]string{"Now", "Since", "Until", "Sleep", "After", "NewTimer", "NewTicker"}, n.Sel.Name):
			return "asks a clock: time." + n.Sel.Name
		case x.Name == "rand" && !slices.Contains([]string{"New", "NewPCG", "Rand"}, n.Sel.Name):
			return "draws from no seed: rand." + n.Sel.Name
		}
	}
	return ""
}
