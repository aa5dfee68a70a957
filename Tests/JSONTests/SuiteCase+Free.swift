extension SuiteCase {
    /// Texts on which RFC 8259 leaves the choice to the parser.
    static let free: [SuiteCase] = [
        SuiteCase(#"number_double_huge_neg_exp"#, text: #"[123.456e-789]"#),
        SuiteCase(
            #"number_huge_exp"#,
            text: #"[0.4e0066999999999999999999999999999999999999999999999999999999999999999999999999999999999"#
                + #"9999999999999999999999999999999999969999999006]"#),
        SuiteCase(#"number_neg_int_huge_exp"#, text: #"[-1e+9999]"#),
        SuiteCase(#"number_pos_double_huge_exp"#, text: #"[1.5e+9999]"#),
        SuiteCase(#"number_real_neg_overflow"#, text: #"[-123123e100000]"#),
        SuiteCase(#"number_real_pos_overflow"#, text: #"[123123e100000]"#),
        SuiteCase(#"number_real_underflow"#, text: #"[123e-10000000]"#),
        SuiteCase(#"number_too_big_neg_int"#, text: #"[-123123123123123123123123123123]"#),
        SuiteCase(#"number_too_big_pos_int"#, text: #"[100000000000000000000]"#),
        SuiteCase(#"number_very_big_negative_int"#, text: #"[-237462374673276894279832749832423479823246327846]"#),
        SuiteCase(#"object_key_lone_2nd_surrogate"#, text: #"{"\uDFAA":0}"#),
        SuiteCase(#"string_1st_surrogate_but_2nd_missing"#, text: #"["\uDADA"]"#),
        SuiteCase(#"string_1st_valid_surrogate_2nd_invalid"#, text: #"["\uD888\u1234"]"#),
        SuiteCase(
            #"string_UTF-16LE_with_BOM"#,
            bytes: [0xFF, 0xFE, 0x5B, 0x00, 0x22, 0x00, 0xE9, 0x00, 0x22, 0x00, 0x5D, 0x00]),
        SuiteCase(
            #"string_UTF-8_invalid_sequence"#,
            bytes: [0x5B, 0x22, 0xE6, 0x97, 0xA5, 0xD1, 0x88, 0xFA, 0x22, 0x5D]),
        SuiteCase(#"string_UTF8_surrogate_U+D800"#, bytes: [0x5B, 0x22, 0xED, 0xA0, 0x80, 0x22, 0x5D]),
        SuiteCase(#"string_incomplete_surrogate_and_escape_valid"#, text: #"["\uD800\n"]"#),
        SuiteCase(#"string_incomplete_surrogate_pair"#, text: #"["\uDd1ea"]"#),
        SuiteCase(#"string_incomplete_surrogates_escape_valid"#, text: #"["\uD800\uD800\n"]"#),
        SuiteCase(#"string_invalid_lonely_surrogate"#, text: #"["\ud800"]"#),
        SuiteCase(#"string_invalid_surrogate"#, text: #"["\ud800abc"]"#),
        SuiteCase(#"string_invalid_utf-8"#, bytes: [0x5B, 0x22, 0xFF, 0x22, 0x5D]),
        SuiteCase(#"string_inverted_surrogates_U+1D11E"#, text: #"["\uDd1e\uD834"]"#),
        SuiteCase(#"string_iso_latin_1"#, bytes: [0x5B, 0x22, 0xE9, 0x22, 0x5D]),
        SuiteCase(#"string_lone_second_surrogate"#, text: #"["\uDFAA"]"#),
        SuiteCase(#"string_lone_utf8_continuation_byte"#, bytes: [0x5B, 0x22, 0x81, 0x22, 0x5D]),
        SuiteCase(#"string_not_in_unicode_range"#, bytes: [0x5B, 0x22, 0xF4, 0xBF, 0xBF, 0xBF, 0x22, 0x5D]),
        SuiteCase(#"string_overlong_sequence_2_bytes"#, bytes: [0x5B, 0x22, 0xC0, 0xAF, 0x22, 0x5D]),
        SuiteCase(
            #"string_overlong_sequence_6_bytes"#,
            bytes: [0x5B, 0x22, 0xFC, 0x83, 0xBF, 0xBF, 0xBF, 0xBF, 0x22, 0x5D]),
        SuiteCase(
            #"string_overlong_sequence_6_bytes_null"#,
            bytes: [0x5B, 0x22, 0xFC, 0x80, 0x80, 0x80, 0x80, 0x80, 0x22, 0x5D]),
        SuiteCase(#"string_truncated-utf-8"#, bytes: [0x5B, 0x22, 0xE0, 0xFF, 0x22, 0x5D]),
        SuiteCase(#"string_utf16BE_no_BOM"#, bytes: [0x00, 0x5B, 0x00, 0x22, 0x00, 0xE9, 0x00, 0x22, 0x00, 0x5D]),
        SuiteCase(#"string_utf16LE_no_BOM"#, bytes: [0x5B, 0x00, 0x22, 0x00, 0xE9, 0x00, 0x22, 0x00, 0x5D, 0x00]),
        SuiteCase(
            #"structure_500_nested_arrays"#,
            text: String(repeating: "[", count: 500) + String(repeating: "]", count: 500)),
        SuiteCase(#"structure_UTF-8_BOM_empty_object"#, bytes: [0xEF, 0xBB, 0xBF, 0x7B, 0x7D]),
    ]
}
