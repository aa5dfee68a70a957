import Glibc

/// Rankings on disk: query, document, rank and score, separated by tabs.
enum RunFile {
    static func write(_ results: [RankedQuery], to path: String) throws(CommandFailure) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw CommandFailure("\(path) cannot be written: \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        for result in results {
            var text = ""
            for (place, document) in result.documents.enumerated() {
                text += "\(result.query)\t\(document.id)\t\(place + 1)\t\(document.score)\n"
            }
            Terminal.write(descriptor, text)
        }
    }
}
