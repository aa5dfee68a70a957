import Columns

/// What a write has to say about metadata that filters, facets and sorting do not see.
///
/// One sentence per problem and field, the same for every document that has it, so that long imports say it once; how
/// many documents have it is told with the fields of the collection.
struct MetadataWarnings {
    private(set) var texts: [String] = []

    mutating func add(_ problems: [FieldCatalog.Problem], isCut: Bool) {
        for problem in problems { add(Self.text(problem)) }
        if isCut {
            add(
                "metadata: only the first \(MetadataEntries.valueLimit) values of a document, \(MetadataEntries.depthLimit) levels deep and with paths of at most \(FilterExpression.fieldByteLimit) bytes, can be filtered by; the others are kept with the document alone"
            )
        }
    }

    private mutating func add(_ text: String) { if !texts.contains(text) { texts.append(text) } }

    private static func text(_ problem: FieldCatalog.Problem) -> String {
        let consequence = "kept with their documents, but filters, facets and sorting do not see them"
        return switch problem {
        case .wrongType(let field, let expected):
            "metadata: \(field) holds values of type \(expected.rawValue) in this collection; others are \(consequence)"
        case .tooLong(let field):
            "metadata: texts of \(field) with more than \(Keyword.byteLimit) bytes are \(consequence)"
        case .tooManyFields:
            "metadata: the collection has \(FieldCatalog.fieldLimit) fields; values of further ones are \(consequence)"
        }
    }
}
