import Glibc

do {
    try await ConformanceServer.run(Array(CommandLine.arguments.dropFirst()))
} catch {
    ConformanceServer.write("carrel-conformance: \(error)\n", to: STDERR_FILENO)
    exit(1)
}
// As the product ends: what must be kept is on disk, and the libraries' own destructors would pull keys and connections from
// under threads that end just now.
_exit(0)
