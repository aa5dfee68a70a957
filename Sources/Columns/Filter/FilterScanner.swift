/// Cuts a filter's text into tokens.
struct FilterScanner {
    enum Token: Equatable {
        /// `(`, `)`, `[`, `]`, `,` or a comparison.
        case sign(String)
        /// Characters without quotes.
        case word(String)
        /// In `"` or `'`.
        case text(String)
        /// In backticks: the name of a field, whatever it looks like.
        case name(String)
        case end
    }

    let scalars: [Unicode.Scalar]
    private var place = 0
    /// Where the token that was read last begins.
    private(set) var start = 0

    init(_ text: String) { scalars = Array(text.unicodeScalars) }

    func error(_ reason: String, at offset: Int) -> FilterError { FilterError(reason, at: offset, of: scalars) }

    mutating func next() throws(FilterError) -> Token {
        while place < scalars.count, scalars[place].properties.isWhitespace { place += 1 }
        start = place
        guard place < scalars.count else { return .end }
        switch scalars[place] {
        case "(", ")", "[", "]", ",":
            place += 1
            return .sign(String(scalars[start]))
        case "=", "!", "<", ">": return .sign(try comparison())
        case "\"", "'": return .text(try quoted())
        case "`": return .name(try quoted())
        default: return .word(try word())
        }
    }

    private mutating func comparison() throws(FilterError) -> String {
        let first = scalars[place]
        place += 1
        let second = place < scalars.count ? scalars[place] : " "
        switch (first, second) {
        case ("=", "="), ("!", "="), ("<", "="), (">", "="), ("<", ">"): place += 1
        case ("!", _): throw error("expected != (a condition is turned round by NOT)", at: start)
        default: return String(first)
        }
        switch (first, second) {
        case ("=", _): return "="
        case ("!", _), (_, ">"): return "!="
        default: return String(first) + "="
        }
    }

    private mutating func word() throws(FilterError) -> String {
        var word = String.UnicodeScalarView()
        while place < scalars.count {
            let scalar = scalars[place]
            switch scalar {
            case "(", ")", "[", "]", ",", "=", "!", "<", ">", "\"", "'", "`": return String(word)
            case _ where scalar.properties.isWhitespace: return String(word)
            case _ where scalar.value < 32 || scalar.value == 127:
                throw error("a control character needs quotes and an escape such as \\u0007", at: place)
            default:
                word.append(scalar)
                place += 1
            }
        }
        return String(word)
    }

    private mutating func quoted() throws(FilterError) -> String {
        let quote = scalars[place]
        place += 1
        var text = String.UnicodeScalarView()
        while place < scalars.count {
            let scalar = scalars[place]
            place += 1
            if scalar == quote { return String(text) }
            text.append(scalar == "\\" ? try escaped(quote) : scalar)
        }
        throw error("the quote \(quote) that begins here is not closed", at: start)
    }

    /// What stands behind a backslash: the escapes of JSON, and the quote.
    private mutating func escaped(_ quote: Unicode.Scalar) throws(FilterError) -> Unicode.Scalar {
        let slash = place - 1
        guard place < scalars.count else { throw error("the text ends in a \\", at: slash) }
        let scalar = scalars[place]
        place += 1
        switch scalar {
        case quote, "\\", "/", "\"", "'", "`": return scalar
        case "n": return "\n"
        case "t": return "\t"
        case "r": return "\r"
        case "u": return try unicode(from: slash)
        default: throw error("\\\(scalar) is no escape; write \\\\ for a backslash", at: slash)
        }
    }

    private mutating func unicode(from slash: Int) throws(FilterError) -> Unicode.Scalar {
        var unit = try codeUnit(from: slash)
        if (0xD800..<0xDC00).contains(unit), place + 1 < scalars.count, scalars[place] == "\\",
            scalars[place + 1] == "u"
        {
            place += 2
            let low = try codeUnit(from: slash)
            if (0xDC00..<0xE000).contains(low) { unit = 0x10000 + (unit - 0xD800) << 10 + low - 0xDC00 }
        }
        guard let scalar = Unicode.Scalar(unit) else {
            throw error("half of a surrogate pair stands for no character", at: slash)
        }
        return scalar
    }

    private mutating func codeUnit(from slash: Int) throws(FilterError) -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard place < scalars.count, scalars[place].isASCII,
                let digit = Character(scalars[place]).hexDigitValue
            else { throw error("\\u needs four hexadecimal digits", at: slash) }
            unit = unit << 4 + UInt32(digit)
            place += 1
        }
        return unit
    }
}
