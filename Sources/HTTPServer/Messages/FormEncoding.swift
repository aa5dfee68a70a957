/// `application/x-www-form-urlencoded`: what stands in queries and in the bodies of forms.
public enum FormEncoding {
    /// The items of a form in order, names and values decoded (`+` is a space).
    ///
    /// - Returns: Empty without text; nil if an escape or the UTF-8 is invalid.
    public static func items(_ text: String) -> [(name: String, value: String)]? {
        var items: [(name: String, value: String)] = []
        for piece in text.utf8.split(separator: UInt8(ascii: "&")) {
            let sides = piece.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentEncoding.decode(sides[0], plusIsSpace: true),
                let value = sides.count == 1 ? "" : PercentEncoding.decode(sides[1], plusIsSpace: true)
            else { return nil }
            items.append((name, value))
        }
        return items
    }

    /// One name or value, decoded; nil if an escape or the UTF-8 is invalid.
    public static func decode(_ text: some StringProtocol) -> String? {
        PercentEncoding.decode(Substring(text).utf8, plusIsSpace: true)
    }
}
