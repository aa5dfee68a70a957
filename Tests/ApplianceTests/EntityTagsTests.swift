import Appliance
import Testing

/// The examples of RFC 9110, sections 8.8.3 and 13.1, and what clients get wrong.
@Suite struct EntityTagsTests {
    @Test(arguments: [
        (["\"xyzzy\""], ["\"xyzzy\""]), (["W/\"xyzzy\""], ["W/\"xyzzy\""]), (["\"\""], ["\"\""]),
        (["\"xyzzy\", \"r2d2xxxx\", \"c3piozzzz\""], ["\"xyzzy\"", "\"r2d2xxxx\"", "\"c3piozzzz\""]),
        (["W/\"a\",\"b\""], ["W/\"a\"", "\"b\""]), (["\"a\"", "\"b\""], ["\"a\"", "\"b\""]),
        ([" ,\t\"a,b\" , "], ["\"a,b\""]), (["\"ä\""], ["\"ä\""]),
    ])
    func `lists are read`(fields: [String], tags: [String]) {
        let read = EntityTags(fields)
        #expect(read.tags == tags)
        #expect(!read.isAny && !read.isMalformed)
    }

    @Test(arguments: [
        [""], ["xyzzy"], ["\"a"], ["a\""], ["\"a\" \"b\""], ["w/\"a\""], ["W/a"], ["*, \"a\""], ["\"a\", *"], ["**"],
        [","],
    ])
    func `what is no list of tags is told`(fields: [String]) {
        #expect(EntityTags(fields).isMalformed)
    }

    @Test func `a star names whatever there is`() {
        let any = EntityTags([" * "])
        #expect(any.isAny && !any.isMalformed)
        #expect(any.names("\"a\"") && any.namesStrongly("\"a\""))
    }

    @Test func `weak tags do for reads and not for changes`() {
        let tags = EntityTags(["W/\"a\", \"b\""])
        #expect(tags.names("\"a\"") && tags.names("\"b\"") && !tags.names("\"c\""))
        #expect(!tags.namesStrongly("\"a\"") && tags.namesStrongly("\"b\""))
    }
}
