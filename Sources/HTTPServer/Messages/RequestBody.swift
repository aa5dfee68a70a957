/// The body of a request: iterate it in pieces as they arrive, or collect it with a bound.
///
/// A body can be read once, by one reader. Iterating slowly slows the sender down; nothing piles up here.
public struct RequestBody: AsyncSequence, Sendable {
    /// One piece, never empty, of any size up to what one read of the socket gave.
    public typealias Element = [UInt8]

    private enum Source: Sendable {
        case whole([UInt8])
        case pipe(BodyPipe)
    }
    private let source: Source
    /// The length in bytes, or nil for a chunked body, which ends when it ends.
    public let contentLength: Int?

    /// A body that is already here.
    public init(_ bytes: [UInt8]) {
        source = .whole(bytes)
        contentLength = bytes.count
    }

    init(_ pipe: BodyPipe, contentLength: Int?) {
        source = .pipe(pipe)
        self.contentLength = contentLength
    }

    /// The whole body.
    ///
    /// - Parameter limit: Bytes; a declared length above it is refused before anything is read.
    /// - Throws: ``HTTPError/bodyTooLarge(limit:)``, or what ended the body early.
    public func collect(upTo limit: Int) async throws -> [UInt8] {
        if let contentLength, contentLength > limit { throw HTTPError.bodyTooLarge(limit: limit) }
        switch source {
        case .whole(let bytes): return bytes
        case .pipe(let pipe):
            var all: [UInt8] = []
            while let piece = try await pipe.next() {
                if piece.count > limit - all.count { throw HTTPError.bodyTooLarge(limit: limit) }
                if all.isEmpty { all = piece } else { all += piece }
            }
            return all
        }
    }

    /// Gives the pieces in order, then nil.
    public struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate var whole: [UInt8]
        fileprivate let pipe: BodyPipe?

        /// The next piece; suspends until one is here.
        /// - Throws: ``HTTPError``, or `CancellationError` if the task is cancelled while it waits.
        public mutating func next() async throws -> [UInt8]? {
            if let pipe { return try await pipe.next() }
            defer { whole = [] }
            return whole.isEmpty ? nil : whole
        }

        /// The same on the caller's actor, which is what `for try await` uses.
        public mutating func next(isolation actor: isolated (any Actor)?) async throws -> [UInt8]? {
            if let pipe { return try await pipe.next() }
            defer { whole = [] }
            return whole.isEmpty ? nil : whole
        }
    }

    /// An iterator over the one stream of pieces.
    public func makeAsyncIterator() -> AsyncIterator {
        switch source {
        case .whole(let bytes): AsyncIterator(whole: bytes, pipe: nil)
        case .pipe(let pipe): AsyncIterator(whole: [], pipe: pipe)
        }
    }
}
