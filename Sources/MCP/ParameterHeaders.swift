import JSON
import JSONRPC

/// `Mcp-Param-*` header fields of a call, by lower-case name without the prefix.
///
/// They exist for tools whose schema marks a property with `x-mcp-header`; whoever routes by them must be able to rely on
/// the body saying the same.
struct ParameterHeaders: Sendable, Hashable {
    private let values: [String: [String]]

    init(_ fields: [MCPHTTPFields.Parameter] = []) {
        values =
            fields.isEmpty ? [:] : Dictionary(grouping: fields) { $0.name.lowercased() }.mapValues { $0.map(\.value) }
    }

    /// Holds the headers against the arguments.
    /// - Throws: -32020 naming the first header that is missing, repeated, malformed or different.
    func check(_ arguments: JSONObject, against marked: [MarkedParameter]) throws(RPCError) {
        for parameter in marked {
            let path = parameter.path
            let name = "Mcp-Param-\(parameter.header)"
            let sent = values[parameter.header.lowercased()] ?? []
            guard sent.count <= 1 else { throw .headerMismatch("\(name) is sent more than once") }
            let argument = path.reduce(JSONValue?.some(.object(arguments))) { value, key in value?[key] }
            guard let argument, !argument.isNull else {
                if sent.isEmpty { continue }
                throw .headerMismatch("\(name) is sent but the body has no \(path.joined(separator: "."))")
            }
            guard let sent = sent.first, let text = HeaderText.decoded(sent), Self.isSame(text, argument) else {
                throw .headerMismatch(
                    "\(name) is missing, malformed or differs from params.arguments.\(path.joined(separator: "."))")
            }
        }
    }

    private static func isSame(_ text: String, _ argument: JSONValue) -> Bool {
        switch argument {
        case .string(let value): text.utf8.elementsEqual(value.utf8)
        case .bool(let value): text == (value ? "true" : "false")
        case .integer, .wideInteger, .number:
            text == String(decoding: argument.encoded(), as: UTF8.self)
                || (Double(text) != nil && Double(text) == argument.doubleValue)
        case .null, .array, .object: false
        }
    }
}

/// A property of a tool's arguments that a header field repeats, so that who routes a call need not read its body.
struct MarkedParameter: Sendable, Hashable {
    /// The field's name behind `Mcp-Param-`.
    let header: String
    /// The way to the property through objects.
    let path: [String]

    /// Marked properties that `properties` alone lead to.
    static func all(in schema: JSONValue, path: [String] = []) -> [MarkedParameter] {
        var found: [MarkedParameter] = []
        for (key, property) in schema["properties"]?.objectValue?.members ?? [] {
            if let header = property["x-mcp-header"]?.stringValue {
                found.append(MarkedParameter(header: header, path: path + [key]))
            }
            found += all(in: property, path: path + [key])
        }
        return found
    }
}
