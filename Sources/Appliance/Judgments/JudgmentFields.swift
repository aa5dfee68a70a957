import JSON
import TenantStore

/// Reads queries with judgments, the same in every request that brings such:
/// `[{"id": "q1", "text": "…", "judgments": {"document": 1}}]`.
enum JudgmentFields {
    static let queryIDLimit = 512
    /// Bytes of a query's text.
    static let textLimit = 4_096
    static let gradeRange = -100...100

    /// Takes the member `queries`; nil where there is none.
    /// - Parameter takesBack: Whether a grade may be null.
    static func read(
        _ fields: inout Fields, queries range: ClosedRange<Int>, judgments limit: Int, takesBack: Bool
    ) throws(ApplianceError) -> [JudgmentChange]? {
        guard let items = try fields.list("queries", count: range) else { return nil }
        var seen: Set<String> = []
        var count = 0
        var changes: [JudgmentChange] = []
        for (index, item) in items.enumerated() {
            let prefix = "queries[\(index)]."
            guard let object = item.objectValue else {
                throw .invalidArgument(name: "queries[\(index)]", reason: "must be an object with `id` and `text`")
            }
            var members = Fields(object, prefix: prefix)
            let id = try members.requiredText("id")
            try check(queryID: id, name: prefix + "id")
            guard seen.insert(id).inserted else {
                throw .invalidArgument(name: prefix + "id", reason: "is that of another query of the list")
            }
            let text = try members.text("text", limit: textLimit)
            if let text, !text.unicodeScalars.contains(where: { !$0.properties.isWhitespace }) {
                throw .invalidArgument(name: prefix + "text", reason: "must not be empty")
            }
            let grades = try grades(&members, prefix: prefix, takesBack: takesBack)
            try members.finish()
            count += grades.count
            guard count <= limit else {
                throw .invalidArgument(name: "queries", reason: "must have at most \(limit) judgments together")
            }
            changes.append(JudgmentChange(query: id, text: text, grades: grades))
        }
        return changes
    }

    private static func grades(
        _ members: inout Fields, prefix: String, takesBack: Bool
    ) throws(ApplianceError) -> [(document: String, grade: Int?)] {
        var grades: [(document: String, grade: Int?)] = []
        for (document, value) in try members.object("judgments")?.members ?? [] {
            let name = prefix + "judgments." + String(String.UnicodeScalarView(document.unicodeScalars.prefix(60)))
            try DocumentInput.check(id: document, name: name)
            if takesBack, value.isNull {
                grades.append((document, nil))
                continue
            }
            guard let grade = value.integerValue.flatMap(Int.init(exactly:)), gradeRange.contains(grade) else {
                throw .invalidArgument(
                    name: name,
                    reason: "must be a whole number from \(gradeRange.lowerBound) to \(gradeRange.upperBound)"
                        + (takesBack ? ", or null to take it back" : ""))
            }
            grades.append((document, grade))
        }
        return grades
    }

    /// Checks that a query's id can stand in a line of a file.
    static func check(queryID id: String, name: String) throws(ApplianceError) {
        guard (1...queryIDLimit).contains(id.utf8.count) else {
            throw .invalidArgument(name: name, reason: "must have 1 to \(queryIDLimit) bytes, not \(id.utf8.count)")
        }
        guard !id.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
            throw .invalidArgument(name: name, reason: "must not hold control characters")
        }
    }
}
