/// One request on an HTTP/2 connection and its answer, as far as the connection must remember them.
final class HTTP2Stream {
    let id: Int32
    let isHead: Bool
    /// Waits to be run; nil once the handler has it.
    var request: HTTPRequest?
    /// Where the body goes; nil if there is none, or the request was refused.
    let pipe: BodyPipe?
    /// Behind a trusted proxy: what the request counts as.
    var network: IPAddress?
    /// The handler's task.
    var task: Task<Void, Never>?

    /// The body has been read to its end.
    var isBodyComplete: Bool
    /// The handler is slower than the client.
    var isPaused = false
    /// Body bytes the client may not replace by others yet.
    var withheldByteCount = 0
    /// The client waits for `100 Continue`.
    var owesContinue: Bool
    var bodyByteCount = 0
    /// Milliseconds the client had for the body so far.
    var bodyTime = 0
    var lastInput: Int

    /// The head of a stream for a client that waits for `100 Continue`, until there is something to send behind it.
    var heldHead: HTTPResponse?
    /// The head has been sent.
    var isAnswered = false
    /// Nothing more will be said.
    var isFinished = false
    /// The content is a stream that a drain ends at once.
    var isEndless = false
    /// The content on its way; nil before it begins and where there is none.
    var output: HTTP2Output?
    /// Those suspended in ``BodyWriter/write(_:)``.
    var writers: [CheckedContinuation<Void, any Error>] = []
    var lastSentByteCount = 0
    var stallStart: Int

    init(_ id: Int32, isHead: Bool, request: HTTPRequest?, pipe: BodyPipe?, owesContinue: Bool, now: Int) {
        self.id = id
        self.isHead = isHead
        self.request = request
        self.pipe = pipe
        isBodyComplete = pipe == nil
        self.owesContinue = owesContinue
        lastInput = now
        stallStart = now
    }
}

/// What a connection keeps while it speaks HTTP/2.
final class HTTP2State {
    let session: HTTP2Session
    var streams: [Int32: HTTP2Stream] = [:]
    /// Requests that are here and not yet with a handler, oldest first; some may have been closed meanwhile.
    var waiting: [Int32] = []
    /// Handlers that have not returned, those of streams that are gone included.
    var runningCount = 0
    /// Since when there has been no stream.
    var idleSince: Int
    /// A head that had begun at the last sweep, and when it was first seen so.
    var unfinishedHead: (id: Int32, since: Int)?
    /// A GOAWAY has said which streams will be served.
    var hasSaidGoodbye = false

    init(_ session: HTTP2Session, now: Int) {
        self.session = session
        idleSince = now
    }

    /// Answer bytes that wait for the client, of all streams.
    var pendingByteCount: Int { streams.values.reduce(0) { $0 + ($1.output?.pendingByteCount ?? 0) } }
}
