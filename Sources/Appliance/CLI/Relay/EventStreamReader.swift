/// Reads `text/event-stream`: the data of each message, in order.
///
/// Comments, ids and retry times are passed over, as are events of other names: MCP sends `message` alone.
package struct EventStreamReader {
    private var lines: LineSplitter
    private let limit: Int
    private var data: [UInt8] = []
    private var hasData = false
    private var isMessage = true
    /// An event was larger than the limit and is lost.
    package private(set) var lostAnEvent = false

    /// - Parameter limit: Bytes of the largest event.
    package init(limit: Int) {
        self.limit = limit
        lines = LineSplitter(limit: limit)
    }

    /// Takes what came and gives the messages that are complete now.
    package mutating func take(_ bytes: some Collection<UInt8>) -> [[UInt8]] {
        lines.append(bytes)
        var messages: [[UInt8]] = []
        while let line = lines.next() {
            guard case .text(let text) = line else {
                lostAnEvent = true
                continue
            }
            if text.isEmpty {
                if hasData, isMessage { messages.append(data) }
                (data, hasData, isMessage) = ([], false, true)
            } else {
                field(text)
            }
        }
        return messages
    }

    private mutating func field(_ line: [UInt8]) {
        let colon = line.firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
        var value = line[min(colon + 1, line.endIndex)...]
        if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
        switch String(decoding: line[..<colon], as: UTF8.self) {
        case "data":
            guard data.count + value.count <= limit else {
                lostAnEvent = true
                return
            }
            if hasData { data.append(UInt8(ascii: "\n")) }
            data += value
            hasData = true
        case "event": isMessage = value.elementsEqual("message".utf8)
        default: break
        }
    }
}
