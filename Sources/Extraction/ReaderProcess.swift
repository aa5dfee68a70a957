import CSandbox
import Glibc

/// The inside of a reader process: takes one open file after the other and sends back what is in it.
///
/// It binds itself before the first byte of a file: see ``Sandbox``. It ends when the command that started it does, and
/// asks to be replaced when it has used much of its processor time.
package enum ReaderProcess {
    /// The socket to the command.
    static let socket: Int32 = 3
    /// The word by which the program is started as a reader; no command for people.
    package static let command = "extract-worker"

    /// Runs until there is nothing to do any more.
    ///
    /// To be called before any other thread exists.
    /// - Returns: The exit code.
    package static func run(_ words: [String]) -> Int32 {
        let sandbox = Sandbox.enter()
        if words == ["--probe"] {
            sandbox.probe()
            return 0
        }
        guard words.isEmpty, fcntl(socket, F_GETFD) >= 0 else { return 2 }
        var kindByte: UInt8 = 0
        var file: Int32 = -1
        while true {
            let count = carrel_receive_descriptor(socket, &kindByte, 1, &file)
            if count < 0, errno == EINTR { continue }
            guard count == 1, file >= 0, let kind = DocumentKind(rawValue: kindByte) else { return 0 }
            let goesOn = answer(kind, file)
            close(file)
            guard goesOn else { return 0 }
        }
    }

    /// Whether to wait for another file.
    private static func answer(_ kind: DocumentKind, _ file: Int32) -> Bool {
        struct Gone: Error {}
        func send(_ bytes: [UInt8]) throws(Gone) {
            guard ReaderChannel.write(bytes, to: socket) else { throw Gone() }
        }
        do {
            var summary = ExtractionSummary()
            try Extractor.extract(kind, file) { event in
                if case .end(let found) = event {
                    summary = found
                } else {
                    try send(ReaderChannel.frame(event))
                }
            }
            let isLast = isTired
            try send(ReaderChannel.end(summary, isLast: isLast))
            return !isLast
        } catch let failure as ExtractionFailure {
            let isLast = isTired
            return ReaderChannel.write(ReaderChannel.failure(failure, isLast: isLast), to: socket) && !isLast
        } catch {
            return false
        }
    }

    private static var isTired: Bool {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec >= ExtractionLimits.retirementSeconds
    }
}
