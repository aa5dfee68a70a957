/// What one HTTP/2 connection may hold and do.
package enum HTTP2Limits {
    /// Requests at a time.
    package static let streamCount = 100
    /// Body bytes that may be on their way on one stream.
    package static let streamWindow = 256 * 1024
    /// Body bytes of all streams that may be here without having been handed to a handler.
    package static let connectionWindow = 2 * 1024 * 1024
    /// Body bytes held for a slow handler beside those of the window.
    package static let bodyHighWater = 64 * 1024
    /// Answer bytes of one stream before its writer is suspended.
    package static let outputHighWater = 64 * 1024
    /// Bytes the socket has not taken before frames wait inside the session, and nothing more is read.
    package static let socketHighWater = 128 * 1024
    /// Frames are gathered up to this before they go out.
    package static let recordSize = 16 * 1024
    /// Answer bytes of all streams before further requests wait.
    package static let outputTotal = 1024 * 1024
    /// Streams a client may reset at once, and a second.
    package static let resetBurst: UInt64 = 200
    package static let resetsPerSecond: UInt64 = 20
}

/// Counts the frames that cost the server more than their sender: pings, settings, priorities, resets, empty data.
///
/// A bucket of 500 that fills with 50 a second: no client comes near it, and a flood is over at once.
package struct HTTP2Guard {
    private static let capacity = 500
    private static let millisecondsPerToken = 20

    /// Milliseconds; set before frames are read.
    package var now = 0
    private var tokens = capacity
    private var filledAt = 0

    package init() {}

    /// Counts one frame; false: too many.
    package mutating func spend() -> Bool {
        let gained = (now - filledAt) / Self.millisecondsPerToken
        if gained > 0 {
            tokens = min(Self.capacity, tokens + gained)
            filledAt += gained * Self.millisecondsPerToken
        }
        guard tokens > 0 else { return false }
        tokens -= 1
        return true
    }
}
