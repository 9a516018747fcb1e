import CSecureBERTKernels
import Testing

@Suite struct DispatchTests {
    @Test func namesAndSupport() {
        #expect(sb_isa_supported(.SB_ISA_SCALAR))
        #expect(sb_isa_supported(sb_isa_active()))
        let names = [sb_isa.SB_ISA_SCALAR, .SB_ISA_NEON, .SB_ISA_AVX2, .SB_ISA_AVX512].map {
            String(cString: sb_isa_name($0))
        }
        #expect(names == ["scalar", "neon", "avx2", "avx512"])
        #expect(!(sb_isa_supported(.SB_ISA_NEON) && sb_isa_supported(.SB_ISA_AVX2)))
    }

    @Test func featuresAgreeWithSupport() {
        let features = sb_cpu_features()
        for (feature, isa) in [
            (SB_FEATURE_NEON, sb_isa.SB_ISA_NEON), (SB_FEATURE_AVX2, .SB_ISA_AVX2), (SB_FEATURE_AVX512, .SB_ISA_AVX512),
        ] {
            #expect((features & UInt32(feature) != 0) == sb_isa_supported(isa))
        }
    }

    @Test func wrongNamesAreReportedAndChangeNothing() {
        let active = sb_isa_active()
        #expect(sb_isa_select_named("avx1024") == .SB_ISA_UNKNOWN_NAME)
        #expect(sb_isa_select_named("") == .SB_ISA_UNKNOWN_NAME)
        let foreign = sb_isa_supported(.SB_ISA_NEON) ? "avx2" : "neon"
        #expect(sb_isa_select_named(foreign) == .SB_ISA_NOT_SUPPORTED)
        #expect(sb_isa_select_named(sb_isa_name(active)) == .SB_ISA_OK)
        #expect(sb_isa_active() == active)
    }

    @Test(arguments: InstructionSet.available) func aThreadMayChooseItsOwn(set: InstructionSet) {
        let active = sb_isa_active()
        set.use {
            #expect(sb_isa_active() == set.isa)
            #expect(sb_panel_width() % 2 == 0)
            let numbers = sb_panel_count(33, false) * sb_panel_width()
            #expect(sb_packed_bytes(33, 11, false, .SB_F32) == numbers * 11 * 4)
            #expect(sb_packed_bytes(33, 11, false, .SB_BF16) == numbers * 12 * 2)
            #expect(!sb_bf16_supported() || set.isa == .SB_ISA_AVX512)
        }
        #expect(sb_isa_active() == active)
        let foreign = sb_isa_supported(.SB_ISA_NEON) ? sb_isa.SB_ISA_AVX2 : .SB_ISA_NEON
        #expect(sb_isa_select_for_thread(foreign) == .SB_ISA_NOT_SUPPORTED)
        #expect(sb_isa_select(foreign) == .SB_ISA_NOT_SUPPORTED)
    }

    @Test func memoryIsAligned() {
        for bytes in [0, 1, 63, 100_000, 600_000, 5_000_000] {
            let memory = sb_allocate(bytes)
            #expect(memory.map { Int(bitPattern: $0) % 64 } == 0)
            memory?.storeBytes(of: 7, toByteOffset: max(bytes, 1) - 1, as: UInt8.self)
            sb_deallocate(memory)
        }
        #expect(sb_allocate(-1) == nil)
        sb_deallocate(nil)
    }
}
