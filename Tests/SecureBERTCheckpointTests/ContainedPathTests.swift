import SecureBERTCheckpoint
import Testing

@Suite struct ContainedPathTests {
    @Test(arguments: [
        "..", "../x", "a/../b", "/etc/passwd", "a//b", "a/", "./a", "a\\b", "a\u{0}b", "../\u{301}x", "a/..",
    ])
    func pathsThatCouldLeaveTheFolderAreRefused(path: String) {
        #expect(!ContainedPath.isSafe(path))
    }

    @Test(arguments: ["", "1_Pooling", "model.safetensors", "a/b.c", "..a", "a..b", "é/x"])
    func ordinaryPathsAreNot(path: String) {
        #expect(ContainedPath.isSafe(path))
    }
}
