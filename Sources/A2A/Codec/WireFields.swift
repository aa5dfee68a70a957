import JSON

/// The members of one object as it arrives: read one by one, each error naming the path of its field.
///
/// Names are looked up as JSON spells them and as the protocol's definition does (`taskId`, `task_id`), since clients send
/// both. An explicit `null` is as good as no member, an empty text as good as none: that is how the protocol's own
/// definition tells absent from given.
struct WireFields {
    let object: JSONObject
    let spelling: WireSpelling
    var version: A2AVersion { spelling.version }
    /// Of this object, empty at the top.
    let path: String

    init(_ object: JSONObject, _ spelling: WireSpelling, path: String = "") {
        self.object = object
        self.spelling = spelling
        self.path = path
    }

    /// The path of one member.
    func path(of name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

    func failure(_ name: String, _ reason: String) -> A2AError {
        .invalidParams(field: path(of: name), reason: reason)
    }

    /// The member under either spelling, `null` included.
    func raw(_ name: String) -> JSONValue? { object[name] ?? object[Self.snakeCased(name)] }

    func value(_ name: String) -> JSONValue? {
        guard let value = raw(name), !value.isNull else { return nil }
        return value
    }

    /// A text that may be empty, as the content of a part may.
    func anyText(_ name: String) throws(A2AError) -> String? {
        guard let value = value(name) else { return nil }
        guard let text = value.stringValue else { throw failure(name, "must be a string") }
        return text
    }

    func text(_ name: String) throws(A2AError) -> String? {
        guard let text = try anyText(name), !text.isEmpty else { return nil }
        return text
    }

    func requiredText(_ name: String) throws(A2AError) -> String {
        guard let text = try text(name) else { throw failure(name, "is required") }
        return text
    }

    func integer(_ name: String, in range: ClosedRange<Int>, orElse reason: String) throws(A2AError) -> Int? {
        guard let value = value(name) else { return nil }
        guard let number = value.integerValue, let number = Int(exactly: number), range.contains(number) else {
            throw failure(name, reason)
        }
        return number
    }

    func flag(_ name: String) throws(A2AError) -> Bool? {
        guard let value = value(name) else { return nil }
        guard let flag = value.boolValue else { throw failure(name, "must be true or false") }
        return flag
    }

    /// An object whose content is the sender's business.
    func opaque(_ name: String) throws(A2AError) -> JSONObject? {
        guard let value = value(name) else { return nil }
        guard let object = value.objectValue else { throw failure(name, "must be an object") }
        return object
    }

    func fields(_ name: String) throws(A2AError) -> WireFields? {
        try opaque(name).map { WireFields($0, spelling, path: path(of: name)) }
    }

    func requiredFields(_ name: String) throws(A2AError) -> WireFields {
        guard let fields = try fields(name) else { throw failure(name, "is required") }
        return fields
    }

    /// A list of objects, empty if absent.
    func list(_ name: String) throws(A2AError) -> [WireFields] {
        guard let value = value(name) else { return [] }
        guard let elements = value.arrayValue else { throw failure(name, "must be an array") }
        var list: [WireFields] = []
        list.reserveCapacity(elements.count)
        for (index, element) in elements.enumerated() {
            guard let object = element.objectValue else { throw failure("\(name)[\(index)]", "must be an object") }
            list.append(WireFields(object, spelling, path: "\(path(of: name))[\(index)]"))
        }
        return list
    }

    /// A list of texts, empty if absent.
    func texts(_ name: String) throws(A2AError) -> [String] {
        guard let value = value(name) else { return [] }
        guard let elements = value.arrayValue else { throw failure(name, "must be an array of strings") }
        var texts: [String] = []
        for element in elements {
            guard let text = element.stringValue else { throw failure(name, "must be an array of strings") }
            texts.append(text)
        }
        return texts
    }

    /// Milliseconds since 1970.
    func time(_ name: String) throws(A2AError) -> Int64? {
        guard let text = try text(name) else { return nil }
        guard let time = WireTime.milliseconds(of: text) else {
            throw failure(name, "must be a time such as 2026-11-21T08:15:43.410Z")
        }
        return time
    }

    static func snakeCased(_ name: String) -> String {
        var text = ""
        for scalar in name.unicodeScalars {
            if ("A"..."Z").contains(scalar) { text += "_" }
            text += String(scalar).lowercased()
        }
        return text
    }
}
