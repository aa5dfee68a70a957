/// A parsed request head: what the connection needs beside what the handler gets.
package struct RequestHead: Sendable {
    /// How the body is delimited (RFC 9112, section 6.3).
    package enum Framing: Sendable, Hashable {
        case none
        case length(Int)
        case chunked
    }

    package var method: String
    package var target: RequestTarget
    package var headers: HTTPHeaders
    package var framing = Framing.none
    /// HTTP/1.1, as opposed to 1.0.
    package var isVersion11: Bool
    /// The client wants the connection kept.
    package var keepsAlive: Bool
    package var expectsContinue = false
}
