package import Extraction
import Glibc
import JSON
import Synchronization

/// What comes out of the files of an import, in whatever order the readers are done.
package enum IngestEvent: Sendable {
    /// One line for the bulk route.
    case line(json: [UInt8], origin: String)
    /// A file, or a part of it, that is left out.
    case leftOut(origin: String, reason: String)
    /// A file whose document is stored already; it was not read again.
    case unchanged(path: String)
    /// The encoding of a file was guessed.
    case guessed(path: String, encoding: String)
    /// Something else a person should know of a file.
    case note(path: String, text: String)
    /// A file is done with. The number is its place in the list given, and whether every part of it went in.
    case finished(file: Int, sha256: String?, isWhole: Bool)
}

/// Reads files on a few threads, each with a reader process of its own, and hands on what is in them.
///
/// What was read and not yet taken is bounded; the threads wait then.
package final class IngestPool: Sendable {
    /// Reads one file, as ``Reader/read(_:_:emit:)`` does.
    ///
    /// Made and used on one thread.
    package typealias ReadFile = (DocumentKind, Int32, (ExtractionEvent) throws -> Void) throws -> Void

    private struct State {
        var next = 0
        var running: Int
        var waitingBytes = 0
        var isStopped = false
    }

    /// What came of the files; ends when all are done or after ``stop()``.
    package let events: AsyncStream<IngestEvent>
    private let continuation: AsyncStream<IngestEvent>.Continuation
    private let files: [FoundFile]
    private let known: [String: String]
    private let source: String?
    private let state: Mutex<State>
    private let room = Condition()
    private let threads: ThreadPool

    /// Bytes read ahead: a request of ``BulkSender``.
    private static let readAhead = 4 << 20

    /// Starts reading.
    /// - Parameters:
    ///   - known: SHA-256 of the files of stored documents, by id.
    ///   - source: Names the folder that a sync mirrors.
    ///   - makeReader: Called on each thread.
    package init(
        _ files: [FoundFile], known: [String: String], source: String? = nil,
        threads count: Int = EngineServices.coreCount, makeReader: @escaping @Sendable () -> ReadFile
    ) {
        self.files = files
        self.known = known
        self.source = source
        let count = max(1, min(count, files.count, 16))
        (events, continuation) = AsyncStream.makeStream(of: IngestEvent.self)
        state = Mutex(State(running: count))
        threads = ThreadPool(threads: count, queueLimit: count)
        for _ in 0..<count {
            _ = threads.submit { [self] in
                work(makeReader())
            }
        }
    }

    /// Says that an event's bytes are used, which makes room for others.
    package func release(_ bytes: Int) {
        state.withLock { $0.waitingBytes -= bytes }
        room.broadcast()
    }

    /// Ends it: files in hand are given up.
    package func stop() {
        state.withLock { $0.isStopped = true }
        room.broadcast()
        continuation.finish()
        threads.close()
    }

    private struct Stopped: Error {}

    private func work(_ read: ReadFile) {
        while let index = state.withLock({ state -> Int? in
            guard !state.isStopped, state.next < files.count else { return nil }
            defer { state.next += 1 }
            return state.next
        }) {
            guard (try? take(files[index], index, read)) != nil else { break }
        }
        let isLast = state.withLock { state in
            state.running -= 1
            return state.running == 0
        }
        if isLast { continuation.finish() }
    }

    private func take(_ found: FoundFile, _ index: Int, _ read: ReadFile) throws(Stopped) {
        var sha256: String?
        var isWhole = true
        do {
            if found.path == "-" {
                try lines(of: FileLineReader("-"), found, origin: "standard input", sha256: "", isWhole: &isWhole)
            } else {
                let file = try SourceFile.open(found, hashesLines: source != nil)
                if !found.kind.holdsMany, known[found.id] == file.sha256 {
                    continuation.yield(.unchanged(path: found.path))
                } else if found.kind == .jsonLines {
                    try lines(
                        of: FileLineReader(copyOf: file.descriptor, path: found.path), found, origin: found.path,
                        sha256: file.sha256, isWhole: &isWhole)
                    try check(file)
                } else {
                    try extract(found, file, read, isWhole: &isWhole)
                }
                sha256 = file.sha256
            }
        } catch let failure as ExtractionFailure {
            isWhole = false
            continuation.yield(.leftOut(origin: found.path, reason: failure.reason))
        } catch let failure as CommandFailure {
            isWhole = false
            continuation.yield(.leftOut(origin: found.path, reason: failure.message))
        } catch {
            throw Stopped()
        }
        continuation.yield(.finished(file: index, sha256: sha256, isWhole: isWhole))
    }

    private func check(_ file: borrowing SourceFile) throws(ExtractionFailure) {
        guard file.isUnchanged else { throw ExtractionFailure("it changed while it was read; take it again") }
    }

    private func extract(
        _ found: FoundFile, _ file: borrowing SourceFile, _ read: ReadFile, isWhole: inout Bool
    ) throws {
        let line = DocumentLine(file: found, sha256: file.sha256, byteCount: file.byteCount, source: source)
        // A file that is one document goes on when all of it is known: its pages, and that nobody wrote to it meanwhile.
        var single: ExtractedDocument?
        var summary = ExtractionSummary()
        var number = 0
        var missing = 0
        try read(found.kind, file.descriptor) { event in
            switch event {
            case .document(let document) where document.id == nil:
                single = document
            case .document(let document):
                number += 1
                try put(line.row(document), origin: "\(found.path), row \(document.id ?? "")")
            case .line(let json):
                number += 1
                if let made = line.object(json, number: number) {
                    try put(made, origin: "\(found.path), entry \(number)")
                }
            case .problem(let place, let reason):
                missing += 1
                continuation.yield(.leftOut(origin: "\(found.path), \(place)", reason: reason))
            case .end(let found):
                summary = found
            }
        }
        if missing > 0 { isWhole = false }
        try check(file)
        if let single { try put(line.whole(single, summary), origin: found.path) }
        if let encoding = summary.guessedEncoding {
            continuation.yield(.guessed(path: found.path, encoding: encoding))
        }
        for note in summary.notes { continuation.yield(.note(path: found.path, text: note)) }
    }

    /// What some editors put at the start of a UTF-8 file; no part of its text.
    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    private func lines(
        of reader: consuming FileLineReader, _ found: FoundFile, origin: String, sha256: String, isWhole: inout Bool
    ) throws {
        let maker = DocumentLine(file: found, sha256: sha256, byteCount: 0, source: source)
        var number = 0
        while let line = try reader.next() {
            number += 1
            let place = "\(origin):\(number)"
            switch line {
            case .tooLong:
                isWhole = false
                continuation.yield(.leftOut(origin: place, reason: "the line is longer than 16 MiB"))
            case .text(var bytes):
                if number == 1, bytes.starts(with: Self.byteOrderMark) { bytes.removeFirst(3) }
                guard !bytes.allSatisfy({ $0 <= 0x20 }) else { continue }
                if let made = maker.object(bytes, number: number) {
                    try put(made, origin: place)
                } else {
                    isWhole = false
                    continuation.yield(.leftOut(origin: place, reason: "not a JSON object"))
                }
            }
        }
    }

    /// Hands on a line when there is room for it.
    private func put(_ json: [UInt8], origin: String) throws(Stopped) {
        while true {
            let ticket = room.ticket()
            let (isStopped, fits) = state.withLock { state in
                let fits = state.waitingBytes == 0 || state.waitingBytes + json.count <= Self.readAhead
                if fits, !state.isStopped { state.waitingBytes += json.count }
                return (state.isStopped, fits)
            }
            guard !isStopped else { throw Stopped() }
            if fits { break }
            room.wait(ticket)
        }
        continuation.yield(.line(json: json, origin: origin))
    }
}

extension IngestPool {
    /// Readers in processes of their own, as commands use them.
    static func processes(timeout: Duration) -> @Sendable () -> ReadFile {
        {
            let reader = Reader(timeout: timeout)
            return { try reader.read($0, $1, emit: $2) }
        }
    }
}
