import Synchronization

/// A bounded hand-over of body pieces from the connection to the handler, wherever the handler runs.
///
/// The producer never waits: ``push(_:)`` says when to stop reading the socket, and `resume` is called when the reader
/// has taken most of what was there.
final class BodyPipe: Sendable {
    private typealias Reader = CheckedContinuation<[UInt8]?, any Error>

    private enum Producer {
        case goesOn
        /// Until the first read, or until it pushes without.
        case startsWaiting
        /// Told to wait. It may push what is on its way and is owed the call all the same.
        case waits
    }

    private struct State {
        var pieces: [[UInt8]] = []
        var first = 0
        var byteCount = 0
        var isEnded = false
        var failure: (any Error)?
        var reader: Reader?
        var producer: Producer

        /// Joins small pieces: a body in one-byte chunks must not cost an array each.
        mutating func append(_ piece: [UInt8]) {
            byteCount += piece.count
            if piece.count < 1024, pieces.count > first, pieces[pieces.count - 1].count < 16 * 1024 {
                pieces[pieces.count - 1] += piece
            } else {
                pieces.append(piece)
            }
        }
    }

    private enum Turn {
        case piece([UInt8], resumes: Bool)
        case end
        case failed(any Error)
        case wait(resumes: Bool)
    }

    private let state: Mutex<State>
    private let highWater: Int
    private let resume: @Sendable () -> Void

    /// - Parameters:
    ///   - highWater: Bytes held before the producer is told to wait.
    ///   - startsWaiting: The producer waits for the first read, as with `Expect: 100-continue`.
    ///   - resume: Called on the reader's thread when a waiting producer may go on.
    init(highWater: Int, startsWaiting: Bool, resume: @escaping @Sendable () -> Void) {
        state = Mutex(State(producer: startsWaiting ? .startsWaiting : .goesOn))
        self.highWater = highWater
        self.resume = resume
    }

    /// Hands over a piece; false means: no more until `resume` is called.
    func push(_ piece: [UInt8]) -> Bool {
        var reader: Reader?
        let goesOn = state.withLock { state in
            if state.failure != nil { return true }
            if let waiting = state.reader {
                state.reader = nil
                reader = waiting
                return true
            }
            state.append(piece)
            if state.byteCount >= highWater {
                state.producer = .waits
            } else if state.producer == .startsWaiting {
                state.producer = .goesOn
            }
            return state.producer == .goesOn
        }
        reader?.resume(returning: piece)
        return goesOn
    }

    /// The body is complete.
    func finish() {
        let reader = state.withLock { state in
            state.isEnded = true
            return state.reader.take()
        }
        reader?.resume(returning: nil)
    }

    /// The body will never be complete: the reader gets what is here, then `error`.
    ///
    /// The first error stays.
    func fail(_ error: any Error) {
        let reader = state.withLock { state in
            if state.failure == nil { state.failure = error }
            return state.reader.take()
        }
        reader?.resume(throwing: error)
    }

    /// Nobody wants the rest: what is here is dropped.
    func abandon() {
        fail(HTTPError.bodyUnavailable)
        state.withLock { state in
            state.pieces = []
            state.first = 0
            state.byteCount = 0
        }
    }

    /// The next piece, or nil at the end.
    func next() async throws -> [UInt8]? {
        let turn = state.withLock { Self.takeTurn(&$0, highWater: highWater) }
        guard case .wait(let resumes) = turn else { return try settle(turn) }
        if resumes { resume() }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (reader: Reader) in
                let turn: Turn = state.withLock { state in
                    let turn = Self.takeTurn(&state, highWater: highWater)
                    if case .wait = turn {
                        if state.reader != nil { return .failed(HTTPError.bodyUnavailable) }
                        state.reader = reader
                    }
                    return turn
                }
                if case .wait = turn { return }
                reader.resume(with: Result { try settle(turn) })
            }
        } onCancel: {
            fail(CancellationError())
        }
    }

    private func settle(_ turn: Turn) throws -> [UInt8]? {
        switch turn {
        case .piece(let piece, let resumes):
            if resumes { resume() }
            return piece
        case .end, .wait: return nil
        case .failed(let error): throw error
        }
    }

    private static func takeTurn(_ state: inout State, highWater: Int) -> Turn {
        guard state.first < state.pieces.count else {
            if let failure = state.failure { return .failed(failure) }
            if state.isEnded { return .end }
            let resumes = state.producer != .goesOn
            state.producer = .goesOn
            return .wait(resumes: resumes)
        }
        let piece = state.pieces[state.first]
        state.pieces[state.first] = []
        state.first += 1
        state.byteCount -= piece.count
        if state.first == state.pieces.count {
            state.pieces.removeAll(keepingCapacity: true)
            state.first = 0
        }
        // A quarter left: late enough to read in large steps, early enough that the reader need not wait.
        let resumes = state.producer != .goesOn && state.byteCount <= highWater / 4
        if resumes { state.producer = .goesOn }
        return .piece(piece, resumes: resumes)
    }
}
