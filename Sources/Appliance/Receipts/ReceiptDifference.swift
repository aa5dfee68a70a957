package import JSON

/// A member that a receipt and the index do not agree on.
package struct ReceiptDifference: Sendable, Equatable {
    /// Its place, such as `bm25.terms[0].tf`.
    package var member: String
    /// Nil where the receipt lacks it.
    package var receipt: JSONValue?
    /// Nil where the index gives none.
    package var index: JSONValue?

    /// Everything two values do not agree on, member by member; numbers are equal by value.
    package static func all(receipt: JSONValue, index: JSONValue) -> [ReceiptDifference] {
        var found: [ReceiptDifference] = []
        compare(receipt, index, at: "", into: &found)
        return found
    }

    private static func compare(
        _ receipt: JSONValue?, _ index: JSONValue?, at path: String, into found: inout [ReceiptDifference]
    ) {
        switch (receipt, index) {
        case (.object(let left)?, .object(let right)?):
            let names = left.keys + right.keys.filter { left[$0] == nil }
            for name in names {
                compare(left[name], right[name], at: path.isEmpty ? name : "\(path).\(name)", into: &found)
            }
        case (.array(let left)?, .array(let right)?):
            for place in 0..<max(left.count, right.count) {
                compare(
                    place < left.count ? left[place] : nil, place < right.count ? right[place] : nil,
                    at: "\(path)[\(place)]", into: &found)
            }
        case (let left?, let right?) where left == right: break
        case (let left?, let right?) where left.doubleValue != nil && left.doubleValue == right.doubleValue: break
        default: found.append(ReceiptDifference(member: path, receipt: receipt, index: index))
        }
    }

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("member", AnswerBudget.short(member))
        if let receipt { writer.member("receipt", Self.short(receipt)) }
        if let index { writer.member("index", Self.short(index)) }
        writer.endObject()
    }

    /// What is told of a value in place of which anything may have been sent.
    private static func short(_ value: JSONValue) -> JSONValue {
        let size = value.encoded().count
        return size <= 400 ? value : .string("(\(size) bytes)")
    }
}
