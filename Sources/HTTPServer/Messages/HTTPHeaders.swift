/// Header fields in the order they were received or will be sent; names compare without regard to ASCII case.
public struct HTTPHeaders: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    /// One field line.
    public struct Field: Sendable, Hashable {
        /// The name as written by its author.
        public var name: String
        /// The value without surrounding white space.
        public var value: String

        /// Makes a field; it is checked when it is sent, not here.
        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// All fields, in order, repeated names included.
    public private(set) var fields: [Field]

    /// An empty list.
    public init() { fields = [] }

    /// Makes a list in the order written; a repeated name gives repeated fields.
    public init(dictionaryLiteral elements: (String, String)...) {
        fields = elements.map { Field(name: $0.0, value: $0.1) }
    }

    init(reservingCapacity count: Int) {
        fields = []
        fields.reserveCapacity(count)
    }

    /// The first value of `name`, or nil.
    public subscript(_ name: String) -> String? {
        for field in fields where ASCII.equalIgnoringCase(field.name, name) { return field.value }
        return nil
    }

    /// Every value of `name`, in order.
    public func values(_ name: String) -> [String] {
        fields.compactMap { ASCII.equalIgnoringCase($0.name, name) ? $0.value : nil }
    }

    /// The value of a field that is there exactly once.
    public func sole(_ name: String) -> String? {
        var found: String?
        for field in fields where ASCII.equalIgnoringCase(field.name, name) {
            if found != nil { return nil }
            found = field.value
        }
        return found
    }

    /// Appends a field, keeping others of that name.
    public mutating func add(_ name: String, _ value: String) {
        fields.append(Field(name: name, value: value))
    }

    /// Puts one field in the place of all others of that name.
    public mutating func set(_ name: String, _ value: String) {
        guard let place = fields.firstIndex(where: { ASCII.equalIgnoringCase($0.name, name) }) else {
            add(name, value)
            return
        }
        fields[place].value = value
        guard fields[(place + 1)...].contains(where: { ASCII.equalIgnoringCase($0.name, name) }) else { return }
        let tail = fields[(place + 1)...].filter { !ASCII.equalIgnoringCase($0.name, name) }
        fields.replaceSubrange((place + 1)..., with: tail)
    }

    /// The fields whose name begins with `prefix`, in order, each under the rest of its name as it was written.
    public func fields(withPrefix prefix: String) -> [Field] {
        var found: [Field] = []
        for field in fields where field.name.utf8.count >= prefix.utf8.count {
            let start = field.name.utf8.prefix(prefix.utf8.count)
            guard start.last.map(ASCII.lowercased) == prefix.utf8.last.map(ASCII.lowercased),
                ASCII.equalIgnoringCase(String(Substring(start)), prefix)
            else {
                continue
            }
            let rest = field.name.utf8.dropFirst(prefix.utf8.count)
            found.append(Field(name: String(Substring(rest)), value: field.value))
        }
        return found
    }

    /// Removes every field of that name.
    public mutating func remove(_ name: String) {
        fields.removeAll { ASCII.equalIgnoringCase($0.name, name) }
    }
}
