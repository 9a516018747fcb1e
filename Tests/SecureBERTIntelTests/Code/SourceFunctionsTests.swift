import SecureBERTIntel
import Testing

/// Where functions begin and end, in snippets of each language that are hard to get right.
@Suite struct SourceFunctionsTests {
    private static func found(_ code: String, _ language: SourceLanguage, path: String? = nil) -> [String] {
        SourceFunctions.find(in: Array(code.utf8), language, path: path).map {
            "\($0.qualifiedName) \($0.lines.lowerBound)-\($0.lines.upperBound)"
        }
    }

    @Test func readsC() {
        let code = """
            #include <stdio.h>
            /* int no(void) { } */
            int declared(int a);
            static int
            plain(int a)
            {
                return "}{"[a] + '}';
            }
            int old(a, b)
                int a;
                char *b;
            {
                return a;
            }
            struct point { int x; } points[] = { { 1 }, { 2 } };
            void (*pick(int which))(int) {
                return 0;
            }
            #ifdef WIDE
            int both(long a) {
            #else
            int both(int a) {
            #endif
                if (a) { return 1; }
                return 0;
            }
            #if 0
            int dead(void) { return 0; }
            #endif
            MODULE_NAME("x")
            static __attribute__((noinline)) int last(void) { return 1; }
            """
        #expect(
            Self.found(code, .c) == [
                "plain 4-8", "old 9-14", "pick 16-18", "both 20-26", "last 31-31",
            ])
    }

    @Test func readsCpp() {
        let code = #"""
            namespace a::b {
            template <typename T, int N = (3 > 2)>
            class Box final : public Base<T> {
             public:
              Box() : value_{1}, other_(2) {}
              ~Box() override;
              bool operator==(const Box& o) const noexcept { return true; }
              explicit operator bool() const { return value_; }
              void locked() REQUIRES(mutex_) { go(); }
              int value() const = delete;
            };
            template <typename T>
            auto Box<T>::size() const -> std::size_t {
              const char* text = R"x(})" { )x";
              auto twice = [](int n) { return n * 2; };
              struct Local { int in() { return 1; } };
              return twice(1);
            }
            }  // namespace
            extern "C" {
            int plain() { return 0; }
            }
            TEST(Suite, Name) {
              EXPECT_TRUE(true);
            }
            """#
        #expect(
            Self.found(code, .cpp) == [
                "a::b::Box::Box 5-5", "a::b::Box::operator== 7-7", "a::b::Box::operator bool 8-8",
                "a::b::Box::locked 9-9", "a::b::Box::size 13-18", "a::b::Box::size::twice 15-15",
                "a::b::Box::size::Local::in 16-16", "plain 21-21", "TEST 23-25",
            ])
    }

    @Test func readsJava() {
        let code = #"""
            package x;
            @Controller(path = "/a{b}")
            public class A<T extends B> {
                static { init(); }
                private final Runnable task = () -> { run(); };
                private final Comparator<String> order = (a, b) -> a.compareTo(b);
                @Override
                public <E> List<E> all(Map<String, ? super E> m) throws IOException {
                    return new Iterator<Map<String, ?>>() {
                        public boolean hasNext() { return false; }
                    };
                }
                abstract void none();
                A() { super(); }
                enum Kind { ONE(1) { int f() { return 1; } }, TWO; Kind(int... n) { } }
                record Point(int x) { Point { check(x); } }
                String text = """
                    } not { code
                    """;
            }
            """#
        #expect(
            Self.found(code, .java) == [
                "A.task 5-5", "A.order 6-6", "A.all 7-12", "A.all.hasNext 10-10", "A.A 14-14", "A.Kind.f 15-15",
                "A.Kind.Kind 15-15", "A.Point.Point 16-16",
            ])
    }

    @Test func readsPython() {
        let code = #"""
            import os
            @app.route("/x")
            async def view(
                a,
                b="def no(): pass",
            ):
                '''
            def no():
                '''
                def inner():
                    return (1 +
            2)
                if a:
                    return inner()
                # still inside

            # outside
            class C:
                def m(self): return 1
                f = lambda self: 2
            key = lambda x: (
                x)
            def broken(a:
                return a
            def after():
            	return 1
            """#
        #expect(
            Self.found(code, .python) == [
                "view 3-15", "view.inner 10-12", "C.m 19-19", "C.f 20-20", "key 21-22", "broken 23-24", "after 25-26",
            ])
    }

    @Test func readsScripts() {
        let code = #"""
            import x from 'y';
            const re = /[/{]}"/g, half = a / b / c;
            export async function* load(url, { a = {} } = {}) {
              const t = `text ${items.map((i) => `${i}}`)} }`;
              return t;
            }
            class A extends B {
              #secret = () => { return 1; };
              static async get(x) { if (x) { y(); } }
              ['computed' + 1]() {}
              set value(v) { this.v = v; }
            }
            app.get('/x', (request, response) => {
              exec(request.query.cmd);
            });
            module.exports = {
              handler: function () { return 1; },
              short(x) { return x; },
              arrow: x =>
                x + 1,
            };
            A.prototype.go = function () {};
            const el = <div a={() => { f(); }}>Don't {list.map(x => <b>{x}</b>)} stop</div>;
            (function () { inner(); })();
            """#
        #expect(
            Self.found(code, .javascript) == [
                "load 3-6", "A.#secret 8-8", "A.get 9-9", "A.'computed'+1 10-10", "A.value 11-11",
                "<anonymous> 13-15", "handler 17-17", "short 18-18", "arrow 19-20", "go 22-22", "<anonymous> 23-23",
                "<anonymous> 23-23", "<anonymous> 24-24",
            ])
        let typed = """
            type F = (a: string) => void
            interface I { done: (e: Error) => void; go(): void }
            export function over(a: string): void
            export function over(a: any): { b: () => void } {
              return a as { b: (c: number) => void }
            }
            const typed: Map<string, (a: number) => void> = <T,>(x: T): Promise<T> => {
              return f<T>(x)
            }
            class S {
              constructor(private readonly cb: (e: Error) => void) {}
              @Get() method<T extends I>(x?: T): x is T { return true }
            }
            """
        #expect(
            Self.found(typed, .typescript, path: "a.ts") == [
                "over 4-6", "typed 7-9", "S.constructor 11-11", "S.method 12-12",
            ])
        #expect(Self.found("export function f(): void", .typescript, path: "a.d.ts").isEmpty)
    }

    @Test func readsGo() {
        let code = """
            package main
            type Handler func(w Writer) error
            func (s *Server[K]) Serve(w Writer, f func(int) struct{ a int }) (n int, err error) {
            \tgo func() { run() }()
            \thandle := func(x int) interface{} { return "}" + `}` }
            \treturn
            }
            func Map[T any](xs []T) []T {
            \treturn xs
            }
            func assembly(x int) int
            var table = map[string]func(){ "a": func() { go2() }, }
            """
        #expect(
            Self.found(code, .go) == [
                "Server.Serve 3-7", "Server.Serve.handle 5-5", "Map 8-10", "a 12-12",
            ])
    }

    @Test func readsPHP() {
        let code = #"""
            <p>function no() { }</p>
            <?php
            use function A\b;
            # function no() {}
            #[Attribute(1)]
            function &plain(?array $a = []): ?array {
                return "{$a["}"]} }" . <<<X
              } ' {
              X . '}';
            }
            abstract class A extends B {
                #[Route('/x')]
                public static function m(): static { return new class(1) { function in() {} }; }
                abstract function none();
            }
            $f = static function () use ($x): void { };
            $g = fn ($x) => $x * 2;
            Route::get('/', function () { return 1; });
            ?> }
            """#
        #expect(
            Self.found(code, .php) == [
                "plain 5-10", "A::m 12-13", "A::m::in 13-13", "$f 16-16", "$g 17-17", "<anonymous> 18-18",
            ])
    }

    @Test func oneLostBraceDoesNotSwallowTheFile() {
        let code = """
            int one(int a) {
                if (a) {
                    a++;
                return a;
            }

            int two(void) {
                return 2;
            }
            """
        #expect(Self.found(code, .c) == ["one 1-5", "two 7-9"])
        #expect(Self.found("}}}) int f(void) { return 1; } ((((", .c) == ["f 1-1"])
        #expect(Self.found("int f(void) { \"never closed", .c).count == 1)
    }

    @Test func anyBytesAreReadAndPlacesLieInside() {
        var state: UInt64 = 1
        let alphabet = Array("(){}[];:,=><'\"`/*#\\\n fdxy$@functiondefclass=>".utf8)
        for round in 0..<300 {
            let code = (0..<200).map { _ -> UInt8 in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return alphabet[Int(state >> 33) % alphabet.count]
            }
            let language = SourceLanguage.allCases[round % SourceLanguage.allCases.count]
            for function in SourceFunctions.find(in: code, language) {
                #expect(function.bytes.upperBound <= code.count && !function.bytes.isEmpty)
            }
        }
    }
}
