package dialer

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

// allowed is all that the core may import of the standard library: nothing that waits, listens,
// logs, reads a file or draws a number by chance.
var allowed = []string{"cmp", "container/heap", "errors", "fmt", "iter", "maps", "math", "math/bits", "slices", "sort",
	"strconv", "strings", "time", "unicode", "unicode/utf8"}

// clocks are the names of package time that read a clock or wait for one.
var clocks = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker", "Local"}

// TestPurity holds the core to what the package says: the standard library only, and no clock, no
// goroutine, no channel, no lock.
func TestPurity(t *testing.T) {
	files := 0
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == "testdata" || path == "sim"):
			return filepath.SkipDir
		case entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		files++
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, 0)
		if err != nil {
			return err
		}
		for _, f := range impurities(file) {
			t.Errorf("%s: %s", set.Position(f.at), f.text)
		}
		return nil
	})
	if err != nil || files < 20 {
		t.Fatalf("%d files read: %v", files, err)
	}
}

type impurity struct {
	at   token.Pos
	text string
}

func impurities(file *ast.File) (found []impurity) {
	add := func(n ast.Node, text string) { found = append(found, impurity{n.Pos(), text}) }
	for _, i := range file.Imports {
		path, _ := strconv.Unquote(i.Path.Value)
		if !slices.Contains(allowed, path) && !strings.HasPrefix(path, "dialerd/dialer") {
			add(i, "imports "+path+": the core may not")
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			add(n, "starts a goroutine")
		case *ast.ChanType, *ast.SendStmt, *ast.SelectStmt:
			add(n, "uses a channel")
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && x.Name == "time" && slices.Contains(clocks, n.Sel.Name) {
				add(n, "asks a clock: time."+n.Sel.Name)
			}
		}
		return true
	})
	return found
}

// TestPurityFinds: the test above would see what it is there for.
func TestPurityFinds(t *testing.T) {
	const impure = `package x
import ("time"; "os")
func f(c chan int) { go f(c); c <- 1; _ = time.Now(); _ = os.Args }`
	file, err := parser.ParseFile(token.NewFileSet(), "x.go", impure, 0)
	if err != nil {
		t.Fatal(err)
	}
	if found := impurities(file); len(found) != 5 {
		t.Errorf("found %v", found)
	}
}
