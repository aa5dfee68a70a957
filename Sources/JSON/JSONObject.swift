/// The members of one JSON object, in the order in which they came.
///
/// Keys are compared byte by byte (RFC 8259 section 8.3), not by Unicode equivalence. Two objects are equal when they
/// hold the same members in any order.
public struct JSONObject: Sendable {
    /// The members in order, each key once.
    public private(set) var members: [(key: String, value: JSONValue)] = []
    /// Positions by key; made once a linear search would be slow, so that many members cannot cost quadratic time.
    private var positions: [ExactKey: Int]?

    private static let linearSearchLimit = 16

    /// An object without members.
    public init() {}

    /// Makes an object; the last of equal keys wins and stands where the first stood.
    public init(_ members: some Sequence<(String, JSONValue)>) {
        for (key, value) in members { self[key] = value }
    }

    /// Number of members.
    public var count: Int { members.count }
    /// Whether there is no member.
    public var isEmpty: Bool { members.isEmpty }
    /// The keys in order.
    public var keys: [String] { members.map(\.key) }

    /// The value of a key.
    ///
    /// Setting `nil` removes the member.
    /// - Complexity: O(1); removing is O(count).
    public subscript(key: String) -> JSONValue? {
        get { position(of: key).map { members[$0].value } }
        set {
            switch (position(of: key), newValue) {
            case (let position?, let value?): members[position].value = value
            case (let position?, nil): remove(at: position)
            case (nil, let value?): append(key, value)
            case (nil, nil): break
            }
        }
    }

    /// The shortest JSON text of this object.
    public func encoded() -> [UInt8] { JSONValue.object(self).encoded() }

    private func position(of key: String) -> Int? {
        if let positions { return positions[ExactKey(key)] }
        return members.firstIndex { ExactKey($0.key) == ExactKey(key) }
    }

    private mutating func append(_ key: String, _ value: JSONValue) {
        positions?[ExactKey(key)] = members.count
        members.append((key, value))
        if positions == nil, members.count > Self.linearSearchLimit { indexMembers() }
    }

    private mutating func remove(at position: Int) {
        members.remove(at: position)
        if positions != nil { indexMembers() }
    }

    private mutating func indexMembers() {
        var table = [ExactKey: Int](minimumCapacity: members.count * 2)
        for (position, member) in members.enumerated() { table[ExactKey(member.key)] = position }
        positions = table
    }
}

/// A key compared by its UTF-8 bytes.
private struct ExactKey: Hashable {
    let text: String

    init(_ text: String) { self.text = text }

    static func == (a: ExactKey, b: ExactKey) -> Bool {
        guard a.text.utf8.count == b.text.utf8.count else { return false }
        let isEqual = a.text.utf8.withContiguousStorageIfAvailable { a in
            b.text.utf8.withContiguousStorageIfAvailable { b in JSONBytes.areEqual(a, b) }
        }
        // Only a text that came from elsewhere keeps its bytes in pieces.
        return (isEqual ?? nil) ?? a.text.utf8.elementsEqual(b.text.utf8)
    }

    func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

extension JSONObject: Hashable {
    /// Whether both hold the same members, in any order.
    public static func == (a: JSONObject, b: JSONObject) -> Bool {
        a.count == b.count && a.members.allSatisfy { b[$0.key] == $0.value }
    }

    /// Hashes the members independently of their order.
    public func hash(into hasher: inout Hasher) {
        var sum = 0
        for member in members {
            var one = Hasher()
            one.combine(member.key)
            one.combine(member.value)
            sum ^= one.finalize()
        }
        hasher.combine(count)
        hasher.combine(sum)
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    /// Makes an object; the last of equal keys wins.
    public init(dictionaryLiteral elements: (String, JSONValue)...) { self.init(elements) }
}
