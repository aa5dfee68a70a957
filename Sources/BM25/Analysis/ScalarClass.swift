/// What a Unicode scalar means to the word scanner: the word-break property of UAX #29, as far as we follow it.
enum ScalarClass: UInt8 {
    /// Separates words: spaces, punctuation, symbols, emoji.
    case other = 0
    case letter
    case digit
    /// Joins what stands beside it, but is no word alone: `_`.
    case connector
    /// Stands between letters only: `:` and `·`.
    case midLetter
    /// Stands between digits only: `,` and `;`.
    case midNumber
    /// Stands between letters or between digits: `.` and `'`.
    case midBoth
    /// Belongs to the scalar before it: combining marks, joiners, soft hyphens.
    case mark
    /// A word of its own: Han and Hiragana.
    case ideograph

    /// The class of `scalar`; ASCII and beyond.
    init(_ scalar: Unicode.Scalar) {
        switch scalar.value {
        case 0x2E, 0x27, 0x2018, 0x2019, 0x2024, 0xFE52: self = .midBoth
        case 0x3A, 0xB7, 0x387, 0x5F4, 0x2027, 0xFE13, 0xFE55: self = .midLetter
        case 0x2C, 0x3B, 0x37E, 0x589, 0x60C, 0x60D, 0x66C, 0x7F8, 0x2044, 0xFE10, 0xFE14, 0xFE50, 0xFE54:
            self = .midNumber
        case 0x200B: self = .other
        case 0x3005, 0x3041...0x3096, 0x309D...0x309F: self = .ideograph
        default: self.init(properties: scalar.properties)
        }
    }

    private init(properties: Unicode.Scalar.Properties) {
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .letterNumber:
            self = properties.isIdeographic ? .ideograph : .letter
        case .decimalNumber: self = .digit
        case .connectorPunctuation: self = .connector
        case .nonspacingMark, .spacingMark, .enclosingMark, .format: self = .mark
        default: self = .other
        }
    }
}
