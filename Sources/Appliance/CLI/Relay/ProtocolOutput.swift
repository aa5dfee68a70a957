import Glibc

/// Standard output for protocol alone: whole lines, at once, whatever the descriptor's mode.
struct ProtocolOutput {
    /// Nobody reads any more.
    private(set) var isGone = false

    /// Writes one message as one line; line breaks inside it are spaces of its JSON text.
    mutating func write(_ message: [UInt8]) {
        guard !isGone else { return }
        var line = message
        for place in line.indices where line[place] == 0x0A || line[place] == 0x0D { line[place] = 0x20 }
        line.append(0x0A)
        var written = 0
        while written < line.count {
            let count = line[written...].withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count > 0 {
                written += count
            } else if count < 0, errno == EAGAIN {
                var output = pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0)
                _ = poll(&output, 1, 1_000)
            } else if count == 0 || errno != EINTR {
                isGone = true
                return
            }
        }
    }
}
