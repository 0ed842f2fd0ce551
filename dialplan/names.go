// Package dialplan holds the part of the dialplan that talks to the daemon, and the names that it
// and the Go code share. A test holds the two to one spelling.
//
//	os.Stdout.WriteString(dialplan.Text()) // what an administrator includes
//	id := dialplan.ChannelID("a", 7)       // "da-7", the id of call 7's channel
package dialplan

// Contexts of extensions_dialerd.conf that calls are sent into by AMI; each begins at extension s,
// priority 1.
const (
	ContextAnswered = "dialerd-answered" // where an answered customer enters
	ContextQueue    = "dialerd-queue"    // into the queue named by VarQueue
	ContextMessage  = "dialerd-message"  // the abandoned message, then hang-up
)

// Extension and Priority are the entry of every context above.
const (
	Extension = "s"
	Priority  = 1
)

// Channel variables. VarID and VarQueue go out with the Originate, the others are set by the answer
// to a question.
const (
	VarID       = "DIALER_ID"       // the channel id of our call, inherited by every leg
	VarQueue    = "DIALER_QUEUE"    // the queue for an answered call
	VarOK       = "DIALER_OK"       // 1 when the daemon has answered; preset to 0 before each question
	VarError    = "DIALER_ERROR"    // why VarOK is 0, for a person at the console
	VarAction   = "DIALER_ACTION"   // what to do: queue, hold, amd, message or hangup
	VarPriority = "DIALER_PRIORITY" // the caller's priority in the queue
	VarWithin   = "DIALER_WITHIN"   // seconds, with a decimal point: how long to hold or to wait
	VarMessage  = "DIALER_MESSAGE"  // sound file for the abandoned message
	VarLead     = "DIALER_LEAD"     // id of the lead; of an operator: whom he is kept free for
	VarCampaign = "DIALER_CAMPAIGN" // name of the campaign

	// Of the lead, as its list has them, and not set when there is none. They are strangers' words: never
	// part of a System() or of anything else that is evaluated.
	VarName       = "DIALER_NAME"       // of the person
	VarExternal   = "DIALER_EXTERNAL"   // the id the lead has elsewhere
	VarAttributes = "DIALER_ATTRIBUTES" // all others, a JSON object of strings; not set when it is too long
)

// How an operator stands. Those that say nothing are empty.
const (
	VarAgent  = "DIALER_AGENT"  // his id
	VarCode   = "DIALER_CODE"   // working, awaiting, callback, pausing, paused or offline; the dialplan makes refused of no answer
	VarReason = "DIALER_REASON" // of his pause
	VarBy     = "DIALER_BY"     // whose pause it is: agent, supervisor, asterisk, foreign or dialerd
	VarSince  = "DIALER_SINCE"  // when it was asked for or began, in seconds of Unix time
	VarUntil  = "DIALER_UNTIL"  // when it is over its limit, or the state ends by itself
	VarLeft   = "DIALER_LEFT"   // whole seconds until then, below 0 when it is over
	VarAfter  = "DIALER_AFTER"  // 1: only after the call that he has now
)

// ContextFeatures holds the feature codes, for the context of the operators to include.
const ContextFeatures = "dialerd-features"

// ChannelAgent is the variable by which a telephone says whose it is, where its channel does not.
const ChannelAgent = "DIALERD_AGENT"

// Global variables, which the administrator may set in his [globals].
const (
	GlobalAGI     = "DIALERD_AGI"     // host:port of the daemon's FastAGI server
	GlobalWait    = "DIALERD_WAIT"    // whole seconds a caller waits in the queue when the daemon names none
	GlobalMessage = "DIALERD_MESSAGE" // sound file when VarMessage is empty
	GlobalSounds  = "DIALERD_SOUNDS"  // directory with a sound file for each VarCode; without it there are tones
)
