extension Duration {
    /// Reads a time to live: a whole number and `s`, `m`, `h` or `d`, from 1 second to 3,650 days.
    /// - Throws: ``AccessError/invalidDuration(_:)``.
    public init(parsingTimeToLive text: String) throws(AccessError) {
        let unit: Int
        switch text.utf8.last {
        case UInt8(ascii: "s"): unit = 1
        case UInt8(ascii: "m"): unit = 60
        case UInt8(ascii: "h"): unit = 3600
        case UInt8(ascii: "d"): unit = 86_400
        default: throw .invalidDuration(text)
        }
        guard let count = decimal(text.dropLast()), (1...3650 * 86_400 / unit).contains(count) else {
            throw .invalidDuration(text)
        }
        self = .seconds(count * unit)
    }
}

/// A whole number of 1 to 9 ASCII digits.
///
/// `Int(_:)` would also take signs.
func decimal(_ text: some StringProtocol) -> Int? {
    let digits = text.utf8
    guard (1...9).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
}
