/// Where a list goes on: opaque to clients, versioned for us.
///
/// Text form: `v1.<list>.<offset>`, for example `v1.tools.500`. Anything else is refused, so a cursor of another list
/// or of a later version is never taken for an offset.
struct ListCursor: Hashable {
    let list: String
    let offset: Int

    init(list: String, offset: Int) {
        self.list = list
        self.offset = offset
    }

    /// Reads a cursor of one list; nil unless it is exactly what ``text`` writes.
    init?(_ text: String, list: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let offset = Int(parts[2]), offset > 0 else { return nil }
        self.init(list: list, offset: offset)
        // Catches the version, the list and spellings such as "+5" or "05".
        guard self.text == text else { return nil }
    }

    var text: String { "v1.\(list).\(offset)" }
}
