import Appliance
import Extraction
import Glibc

// Before anything else: a reader of files binds itself while it has one thread.
if CommandLine.arguments.dropFirst().first == ReaderProcess.command {
    exit(ReaderProcess.run(Array(CommandLine.arguments.dropFirst(2))))
}
let code = await CommandLineTool.run(Array(CommandLine.arguments.dropFirst()))
// Not `exit`: threads that end just now still let go of keys and connections, and the libraries' own destructors would
// take OpenSSL and libcurl from under them. What must be kept is on disk already, and nothing is buffered.
_exit(code)
