package dialplan

import _ "embed"

//go:embed extensions_dialerd.conf
var text string

// Text is extensions_dialerd.conf, which an administrator includes into his extensions.conf.
func Text() string { return text }
