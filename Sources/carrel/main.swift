import Appliance
import Extraction
import Glibc

// Before anything else: a reader of files binds itself while it has one thread.
if CommandLine.arguments.dropFirst().first == ReaderProcess.command {
    exit(ReaderProcess.run(Array(CommandLine.arguments.dropFirst(2))))
}
exit(await CommandLineTool.run(Array(CommandLine.arguments.dropFirst())))
