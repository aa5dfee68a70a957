import Foundation

/// The oracle of our own folding.
enum FoldedText {
    /// Foundation's decomposition without marks: what our own folding must give.
    static func fold(_ text: String) -> String {
        var letters = String.UnicodeScalarView()
        for scalar in text.decomposedStringWithCanonicalMapping.unicodeScalars {
            switch scalar {
            case "\u{300}"..."\u{36F}", "\u{591}"..."\u{5C7}", "\u{64B}"..."\u{652}": continue
            case "ı": letters.append("i")
            case "ς": letters.append("σ")
            case "ß": letters.append(contentsOf: "ss".unicodeScalars)
            case "ø": letters.append("o")
            case "đ", "ð": letters.append("d")
            case "æ": letters.append(contentsOf: "ae".unicodeScalars)
            default: letters.append(scalar)
            }
        }
        return String(letters).precomposedStringWithCanonicalMapping
    }
}
