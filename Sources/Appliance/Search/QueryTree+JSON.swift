package import BM25
package import JSON

/// A query tree as JSON, for programs that would rather not write query text.
///
/// ```
/// node  = {"words": text} | {"term": text} | {"prefix": text} | {"fuzzy": text, "distance"?: 0...2}
///       | {"phrase": text, "slop"?: 0...1000} | {"everything": true}
///       | {"must"?: [node], "should"?: [node], "must_not"?: [node], "minimum_should_match"?: 0...1024}
/// ```
/// Each may have a `boost`, and all with a text a `field`, of which there is `title`. Unlike query text it is taken by
/// the letter: a program's mistake is an error that names its place.
extension QueryTree {
    /// Reads a tree.
    /// - Parameter path: Names the value in errors, such as `expression`.
    /// - Throws: ``ApplianceError/invalidArgument(name:reason:)``.
    package init(json value: JSONValue, path: String) throws(ApplianceError) {
        var reader = QueryTreeReader()
        self = try reader.tree(value, path: path, depth: 0)
    }

    /// The tree as JSON; reading it gives the same tree.
    package var json: JSONValue { .object(members) }

    private var members: JSONObject {
        var object: JSONObject = [:]
        switch self {
        case .everything: object["everything"] = .bool(true)
        case .words(let text, let field): object = Self.leaf("words", text, field)
        case .term(let text, let field): object = Self.leaf("term", text, field)
        case .prefix(let text, let field): object = Self.leaf("prefix", text, field)
        case .fuzzy(let text, let distance, let field):
            object = Self.leaf("fuzzy", text, field)
            if let distance { object["distance"] = .integer(Int64(distance)) }
        case .phrase(let text, let slop, let field):
            object = Self.leaf("phrase", text, field)
            if slop > 0 { object["slop"] = .integer(Int64(slop)) }
        case .group(let group):
            for (name, trees) in [("must", group.must), ("should", group.should), ("must_not", group.mustNot)]
            where !trees.isEmpty || (name == "should" && group.isEmpty) {
                object[name] = .array(trees.map(\.json))
            }
            if group.minimumShouldMatch > 0 {
                object["minimum_should_match"] = .integer(Int64(group.minimumShouldMatch))
            }
        case .boosted(let tree, let boost):
            object = tree.members
            // As it is written, not as its bits read as a Double.
            object["boost"] = .number((Double("\(boost)") ?? 1) * (object["boost"]?.doubleValue ?? 1))
        }
        return object
    }

    private static func leaf(_ name: String, _ text: String, _ field: BM25Field) -> JSONObject {
        var object: JSONObject = [name: .string(text)]
        if field == .title { object["field"] = .string("title") }
        return object
    }
}

/// Reads one tree, counting its parts.
private struct QueryTreeReader {
    private enum Field: String, CaseIterable {
        case title
    }

    private static let kinds = ["words", "term", "prefix", "fuzzy", "phrase", "everything"]
    private static let lists = ["must", "should", "must_not"]

    private var partCount = 0

    mutating func tree(_ value: JSONValue, path: String, depth: Int) throws(ApplianceError) -> QueryTree {
        guard let object = value.objectValue else { throw .invalidArgument(name: path, reason: "must be an object") }
        partCount += 1
        guard partCount <= QueryTree.Limits.termCount else {
            throw .invalidArgument(
                name: path, reason: "is one too many: a query has at most \(QueryTree.Limits.termCount) parts")
        }
        let named = Self.kinds.filter { object[$0] != nil }
        let isGroup = named.isEmpty && Self.lists.contains { object[$0] != nil }
        guard named.count == 1 || isGroup else {
            throw .invalidArgument(
                name: path,
                reason: "must have exactly one of \(Self.kinds.joined(separator: ", ")), or any of "
                    + Self.lists.joined(separator: ", "))
        }
        var fields = Fields(object, prefix: path + ".")
        let limits = QueryTree.Limits.boosts
        let boost = try fields.number("boost", in: Double(limits.lowerBound)...Double(limits.upperBound))
        let tree =
            isGroup
            ? try group(&fields, path: path, depth: depth) : try leaf(named[0], &fields, path: path)
        try fields.finish()
        return tree.boosted(boost.map { min(max(Float($0), limits.lowerBound), limits.upperBound) })
    }

    private func leaf(_ kind: String, _ fields: inout Fields, path: String) throws(ApplianceError) -> QueryTree {
        if kind == "everything" {
            guard fields.value(kind) == .bool(true) else {
                throw .invalidArgument(name: "\(path).\(kind)", reason: "must be true")
            }
            return .everything
        }
        let text = QueryTree.tidied(try fields.requiredText(kind, limit: SearchRequest.queryByteLimit))
        guard !text.isEmpty else {
            throw .invalidArgument(name: "\(path).\(kind)", reason: "must not be empty")
        }
        let field: BM25Field = try fields.choice("field", of: Field.allCases) == .title ? .title : .combined
        switch kind {
        case "words": return .words(text, field: field)
        case "term": return .term(text, field: field)
        case "prefix": return .prefix(text, field: field)
        case "fuzzy":
            let distance = try fields.integer("distance", in: 0...QueryTree.Limits.distance)
            return .fuzzy(text, distance: distance, field: field)
        default:
            let slop = try fields.integer("slop", in: 0...QueryTree.Limits.slop) ?? 0
            return .phrase(text, slop: slop, field: field)
        }
    }

    private mutating func group(
        _ fields: inout Fields, path: String, depth: Int
    ) throws(ApplianceError) -> QueryTree {
        guard depth < QueryTree.Limits.groupDepth else {
            throw .invalidArgument(name: path, reason: "is nested more than \(QueryTree.Limits.groupDepth) deep")
        }
        var lists: [[QueryTree]] = []
        for name in Self.lists {
            var trees: [QueryTree] = []
            for (index, item) in (try fields.list(name, count: 0...QueryTree.Limits.termCount) ?? []).enumerated() {
                trees.append(try tree(item, path: "\(path).\(name)[\(index)]", depth: depth + 1))
            }
            lists.append(trees)
        }
        let minimum = try fields.integer("minimum_should_match", in: 0...QueryTree.Limits.termCount) ?? 0
        return .group(
            QueryGroup(must: lists[0], should: lists[1], mustNot: lists[2], minimumShouldMatch: minimum))
    }
}
