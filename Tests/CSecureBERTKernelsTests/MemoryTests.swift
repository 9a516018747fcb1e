import CSecureBERTKernels
import Testing

/// One after the other: what waits is shared by the process.
@Suite(.serialized) struct MemoryTests {
    private static let large = 3 << 20  // an odd number of half huge pages

    /// Other tests allocate beside this one, so a block may have gone to them; of many attempts most must succeed.
    @Test func blocksAreReusedAndAligned() throws {
        var reused = 0
        for _ in 0..<50 {
            let first = try #require(sb_allocate(Self.large))
            #expect(UInt(bitPattern: first).isMultiple(of: 64))
            sb_deallocate(first)
            let second = try #require(sb_allocate(Self.large - 1))
            reused += first == second ? 1 : 0
            sb_deallocate(second)
        }
        #expect(reused > 25)
    }

    @Test func whatWaitsIsBounded() throws {
        defer { sb_cache_limit(128 << 20) }
        sb_cache_limit(16 << 20)
        let blocks = try (0..<10).map { _ in try #require(sb_allocate(Self.large)) }
        for block in blocks { sb_deallocate(block) }
        #expect(sb_cached_bytes() <= 16 << 20)
        sb_cache_limit(0)
        #expect(sb_cached_bytes() == 0)
    }

    @Test func strangeSizesAreFine() throws {
        #expect(sb_allocate(-1) == nil)
        #expect(sb_allocate(1 << 60) == nil)
        sb_deallocate(nil)
        let one = try #require(sb_allocate(0))
        sb_deallocate(one)
    }
}
