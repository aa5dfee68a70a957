import Columns

extension FuzzTarget {
    /// Filters: what is read is written as text that reads the same, and an error points into the text.
    static let filters = FuzzTarget("filters") { bytes in
        let text = bytes.text
        do throws(FilterError) {
            let filter = try FilterExpression(parsing: text)
            let written = filter.description
            let again = try? FilterExpression(parsing: written)
            promise(
                again?.description == written || written.utf8.count > FilterExpression.byteLimit, "it reads the same")
            var catalog = FieldCatalog()
            _ = catalog.declare(["a": .number, "b": .date, "c": .keyword, "d": .boolean])
            _ = catalog.faults(of: filter)
            let entries = [FieldEntry("a", .number(FieldNumber(1))), FieldEntry("c", .text("x"))]
            promise(
                filter.passes(entries, catalog) != FilterExpression.not(filter).passes(entries, catalog),
                "a filter or its opposite")
        } catch {
            promise((0...text.unicodeScalars.count).contains(error.offset), "the place is in the text")
            promise(error.caret <= error.excerpt.unicodeScalars.count, "the mark is below the text")
        }
    }
}
