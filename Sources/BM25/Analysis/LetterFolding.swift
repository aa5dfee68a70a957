/// Accent folding: what is left of a letter when case and diacritics are taken away.
///
/// The rule: canonical decomposition (NFD), marks removed, lower case. The standard library does not publish
/// decompositions, so the precomposed Latin, Greek and Cyrillic letters stand here as text: the character at place
/// *i* of a block is the folding of the scalar `first + i`, `_` where the rule leaves the letter alone. Beyond the
/// rule, final sigma becomes sigma, and letters that only look undecomposable (`ø ß æ ﬁ`) are spelled out.
enum LetterFolding {
    private struct Block: Sendable {
        let first: UInt32
        let letters: [Unicode.Scalar]

        init(_ first: UInt32, _ letters: String) {
            self.first = first
            self.letters = Array(letters.unicodeScalars)
        }
    }

    private static let blocks = [
        Block(
            0x00C0,
            "aaaaaa_ceeeeiiii_nooooo__uuuuy__aaaaaa_ceeeeiiii_nooooo__uuuuy_y"
                + "aaaaaaccccccccdd__eeeeeeeeeegggggggghh__iiiiiiiii___jjkk_llllll_"
                + "___nnnnnn___oooooo__rrrrrrsssssssstttt__uuuuuuuuuuuuwwyyyzzzzzz_"
                + "________________________________oo_____________uu_______________"
                + "_____________aaiioouuuuuuuuuu_aaaaææ__ggkkooooʒʒj___gg__nnaaææøø"
                + "aaaaeeeeiiiioooorrrruuuusstt__hh______aaeeooooooooyy____________________________"),
        Block(
            0x0370,
            "______________________α_εηι_ο_υωι_________________________ιυαεηι"
                + "υ_________________σ_______ιυουω____ϒϒ___________________________________________"),
        Block(
            0x0400,
            "ее_г___і____киу__________и_______________________________и______"
                + "________________ее_г___і____киу_______________________ѵѵ________"
                + "________________________________________________________________"
                + "_жж_____________аааа__ее__әәжжзз__ииииоо__өөээуууууучч__ыы______"),
        Block(
            0x1E00,
            "aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmm"
                + "mmmmnnnnnnnnoooooooopppprrrrrrrrssssssssssttttttttuuuuuuuuuuvvvv"
                + "wwwwwwwwwwxxxxyyzzzzzzhtwy_ſ____aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeee"
                + "eeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyy______"),
        Block(
            0x1F00,
            "ααααααααααααααααεεεεεε__εεεεεε__ηηηηηηηηηηηηηηηηιιιιιιιιιιιιιιιι"
                + "οοοοοο__οοοοοο__υυυυυυυυ_υ_υ_υ_υωωωωωωωωωωωωωωωωααεεηηιιοουυωω__"
                + "ααααααααααααααααηηηηηηηηηηηηηηηηωωωωωωωωωωωωωωωωααααα_ααααααα_ι_"
                + "__ηηη_ηηεεηηη___ιιιι__ιιιιιι____υυυυρρυυυυυυρ_____ωωω_ωωοοωωω___"),
    ]

    private static let spelledOut: [Unicode.Scalar: String] = [
        "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th", "ĳ": "ij", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i",
        "ł": "l", "ŧ": "t", "ŋ": "n", "ſ": "s", "ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl",
        "ﬅ": "st", "ﬆ": "st",
    ]

    /// The folded form of a letter: one to three scalars.
    static func fold(_ scalar: Unicode.Scalar) -> String {
        let base = base(of: scalar) ?? scalar
        var folded = ""
        for lowered in base.properties.lowercaseMapping.unicodeScalars where !isDiacritic(lowered) {
            if let spelling = spelledOut[lowered] {
                folded += spelling
            } else {
                folded.unicodeScalars.append(lowered)
            }
        }
        return folded
    }

    /// The letter in lower case, its accents kept: one or two scalars.
    static func lower(_ scalar: Unicode.Scalar) -> String {
        // The full mapping of İ is an i with a second dot, which no dictionary writes.
        scalar.value == 0x130 ? "i" : scalar.properties.lowercaseMapping
    }

    /// Whether a mark makes one letter with the one before it in composed writing.
    static func composes(_ mark: Unicode.Scalar) -> Bool { (0x0300...0x036F).contains(mark.value) }

    /// Letters with the marks they are composed of, by the character that both spellings are.
    private static let composed: [Character: Unicode.Scalar] = {
        var letters: [Character: Unicode.Scalar] = [:]
        for block in blocks {
            for value in block.first..<block.first + UInt32(block.letters.count) {
                guard let scalar = Unicode.Scalar(value), scalar.properties.isLowercase else { continue }
                // Greek letters with an acute stand twice; the modern block comes first.
                if letters[Character(scalar)] == nil { letters[Character(scalar)] = scalar }
            }
        }
        return letters
    }()

    /// The text with letters and their marks as one scalar each, where there is such a letter.
    static func compose(_ text: String) -> String {
        var result = ""
        for character in text {
            if character.unicodeScalars.count > 1, let letter = composed[character] {
                result.unicodeScalars.append(letter)
            } else {
                result.append(character)
            }
        }
        return result
    }

    /// Every letter folded, and the marks that decorate it dropped.
    static func fold(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars where !isDiacritic(scalar) {
            result += fold(scalar)
        }
        return result
    }

    /// Whether a mark only decorates its letter and is dropped.
    ///
    /// Marks that spell vowels (Devanagari, Thai) stay.
    ///
    /// Latin, Greek and Cyrillic diacritics, Hebrew and Arabic points, kana voicing marks, variation selectors.
    static func isDiacritic(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0300...0x036F, 0x0483...0x0489, 0x1AB0...0x1AFF, 0x1DC0...0x1DFF, 0x20D0...0x20FF, 0xFE20...0xFE2F,
            0x0591...0x05BD, 0x05BF, 0x05C1...0x05C2, 0x05C4...0x05C5, 0x05C7, 0x064B...0x0652, 0x0670,
            0x3099...0x309A, 0xFE00...0xFE0F, 0xE0100...0xE01EF:
            true
        default:
            scalar.properties.generalCategory == .format
        }
    }

    private static func base(of scalar: Unicode.Scalar) -> Unicode.Scalar? {
        for block in blocks where scalar.value >= block.first {
            let place = Int(scalar.value - block.first)
            if place < block.letters.count, block.letters[place] != "_" {
                return block.letters[place]
            }
        }
        return nil
    }
}
