/// One request and its answer, as far as the connection must remember them.
struct Exchange {
    /// How much of the answer has been said.
    enum Answer: Equatable {
        case none
        /// Endless: a drain ends it at once.
        case streaming(isEndless: Bool)
    }

    /// Counts the requests of a connection, so that a writer kept too long cannot write into the next answer.
    var number = 0
    var answer = Answer.none
    /// The client asked for the fields only.
    var isHead = false
    var isVersion11 = true
    var keepsAlive = false
    /// Behind a trusted proxy: what the request counts as.
    var network: IPAddress?
    /// The handler's task.
    var task: Task<Void, Never>?

    /// Of a request whose body is still being collected.
    var pendingHead: RequestHead?
    /// The body so far, or of a streamed one what the last read brought.
    var collected: [UInt8] = []
    /// Where the body goes, if it is streamed.
    var pipe: BodyPipe?
    /// The handler is slower than the client.
    var isPaused = false
    /// The client waits for `100 Continue`.
    var owesContinue = false
    /// The head of a stream for such a client, until there is something to send behind it.
    var heldHead: (response: HTTPResponse, framing: ResponseHead.Framing)?
    var bodyByteCount = 0
    /// Milliseconds the client had for the body so far.
    var bodyTime = 0

    /// Those suspended in ``BodyWriter/write(_:)``.
    var writers: [CheckedContinuation<Void, any Error>] = []
}
