/// What can go wrong for a handler while it reads a body or writes a stream.
public enum HTTPError: Error, Hashable {
    /// The body is longer than the handler wanted; answer 413.
    case bodyTooLarge(limit: Int)
    /// The chunked coding is broken; the server answers 400 itself.
    case malformedBody
    /// The sender was silent or too slow; the server answers 408 itself.
    case bodyTimedOut
    /// The connection is gone; nobody will see an answer.
    case peerClosed
    /// The body is being read by another task, or was given up when the answer was complete.
    case bodyUnavailable
}
