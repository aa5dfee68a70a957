import Access
import Glibc
import Synchronization

/// Asks a model outside how well texts answer a query: within a time limit, on threads of its own, behind a breaker.
///
/// Whatever happens to it, a search goes on: without scores hits keep their order and the answer says so.
package final class Reranker: Sendable {
    /// Calls block, so there are few at once; more wait, within their own limits.
    private static let threadCount = 8
    private static let queueLimit = 64

    /// Documents of one call.
    package let documentCount: Int
    /// Stands for the endpoint, its model and the number of documents without naming them.
    let identity: String
    private let call: RerankCall
    private let timeout: Duration
    private let threads = ThreadPool(threads: threadCount, queueLimit: queueLimit)
    private let breaker = Mutex(FailureBreaker())
    private let metrics: Metrics
    private let log: Log

    /// Nil where the operator named no endpoint.
    /// - Throws: ``ApplianceError/configuration(source:key:reason:)`` where its key cannot be read.
    package init?(_ settings: RerankSettings, metrics: Metrics, log: Log) throws(ApplianceError) {
        guard let url = settings.url else { return nil }
        var key: String?
        if let path = settings.keyFile { key = try Self.readKey(path) }
        call = RerankCall(url: url, model: settings.model, key: key, authorities: settings.authorities)
        let named = "\(url)\u{0}\(settings.model ?? "")\u{0}\(settings.documents)"
        identity = Digest.hexadecimal(Array(Digest.sha256(Array(named.utf8)).prefix(8)))
        timeout = settings.timeout
        documentCount = settings.documents
        self.metrics = metrics
        self.log = log
    }

    /// How well each text answers the query: one score for each, in their order.
    /// - Throws: ``RerankFault``; `CancellationError` when the caller left.
    package func scores(_ query: String, _ texts: [String]) async throws -> [Float] {
        guard !breaker.withLock({ $0.isOpen(at: .now) }) else {
            throw RerankFault.endpoint(.paused, "failed repeatedly and is given a pause")
        }
        let end = ContinuousClock.now + timeout
        do {
            let scores = try await threads.run { [self] in try ask(query, texts, until: end) }
            breaker.withLock { $0.noteSuccess() }
            return scores
        } catch let fault as RerankFault {
            breaker.withLock { $0.noteFailure(at: .now) }
            log.warning("rerank endpoint failed", ["reason": fault.reason.rawValue, "detail": fault.detail])
            try Task.checkCancellation()
            throw fault
        } catch is ApplianceError {
            // There is only too much of it: no reason to send the next one away unasked.
            throw RerankFault.endpoint(.busy, "has too many searches waiting")
        }
    }

    /// Makes the call, on a thread that may wait, and counts it.
    private func ask(_ query: String, _ texts: [String], until end: ContinuousClock.Instant) throws -> [Float] {
        let start = ContinuousClock.now
        guard start < end else { throw RerankFault.late }
        var outcome = "scored"
        defer { metrics.observe(.now - start, in: .rerankDuration, [outcome]) }
        do throws(RerankFault) {
            return try call.scores(query, texts, timeout: end - start)
        } catch {
            outcome = error.reason.rawValue
            throw error
        }
    }

    /// Ends the threads after the work in hand.
    func close() { threads.close() }

    // MARK: The key

    private static func readKey(_ path: String) throws(ApplianceError) -> String {
        func wrong(_ reason: String) -> ApplianceError {
            .configuration(source: path, key: "search.rerank.key_file", reason: reason)
        }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw wrong("cannot be opened: \(String(cString: strerror(errno)))") }
        defer { Glibc.close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & 0o077 == 0 else {
            throw wrong("may be read by others; make it its owner's alone (chmod 600)")
        }
        var bytes = [UInt8](repeating: 0, count: 4_097)
        let count = read(descriptor, &bytes, bytes.count)
        // It becomes a header's value.
        let key = bytes.prefix(max(0, count)).reversed().drop { $0 == 0x0A || $0 == 0x0D || $0 == 0x20 }.reversed()
        guard (1...4_096).contains(key.count), key.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw wrong("must hold one key of printable ASCII")
        }
        return String(decoding: Array(key), as: UTF8.self)
    }
}
