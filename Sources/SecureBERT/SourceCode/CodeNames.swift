/// Names in source code that nobody has defined in the function itself.
enum CodeNames {
    /// Reserved words and built-in types of C, C++, Java, JavaScript, PHP and Python, together.
    static let keywords = set(
        """
        __asm__ __attribute__ __extension__ __FILE__ __func__ __FUNCTION__ __inline __inline__ __LINE__
        __restrict __typeof__ __VA_ARGS__ __volatile__ _Alignas _Alignof _Atomic _Bool _Complex _Generic
        _Imaginary _Noreturn _Static_assert _Thread_local abstract alignas alignof and and_eq as asm assert
        async auto await bool boolean break byte case catch char char16_t char32_t char8_t class co_await
        co_return co_yield compl concept const const_cast consteval constexpr constinit continue debugger
        declare decltype def default defined del delete die do double dynamic_cast echo elif else elseif endfor
        endforeach endif endswitch endwhile enum except exit explicit export extends extern False false FILE
        final finally float for foreach friend from function global goto if implements import in include
        include_once Infinity inline instanceof insteadof int int16 int32 int64 int8 interface is isset lambda
        let long mutable namespace NaN native new noexcept None nonlocal not not_eq NULL null nullptr operator
        or or_eq package pass php private protected public raise register reinterpret_cast require require_once
        requires restrict return self short signed size_t sizeof ssize_t static static_assert static_cast
        strictfp struct super switch synchronized template this thread_local throw throws trait True true try
        typedef typeid typename typeof uint uint16 uint32 uint64 uint8 undefined union unset unsigned using var
        virtual void volatile wchar_t while with xor xor_eq yield
        """)

    /// Those of Go that elsewhere are names.
    static let goKeywords = set(
        """
        chan defer error fallthrough float32 float64 func go iota map nil range rune select string type uintptr
        """)

    /// Words that name a type, or something imported, next.
    static let introducers = set(
        "class enum extends implements import instanceof interface namespace new package struct throws trait union using"
    )

    /// Types, objects, modules and constants of standard libraries.
    static let objects = set(
        """
        __init__ _COOKIE _ENV _FILES _GET _POST _REQUEST _SERVER _SESSION Array ArrayList Arrays autoescape
        BigInteger Boolean Buffer BufferedReader BufferedWriter BUFSIZ Byte cerr CHAR_MAX Character Charset
        child_process cin Cipher Class clog Collections Connection console Cookie cout cPickle crypto ctypes
        Date Document document DocumentBuilderFactory Double DriverManager EAGAIN EINTR EINVAL endl ENOMEM
        environ EOF errno Error Exception File FileInputStream FileOutputStream FileReader Files FileWriter
        flask Float fmt hashlib HashMap HashSet http HttpServletRequest HttpServletResponse ifstream innerHTML
        InputStream InputStreamReader INT_MAX INT_MIN Integer IOException ioutil istream istringstream Iterator
        JSON KeyGenerator LinkedList List Loader localStorage Logger Long LONG_MAX LONG_MIN lxml Map marshal
        Math MessageDigest mysqli navigator Number Object ObjectInputStream ObjectOutputStream ofstream Optional
        os ostream ostringstream OutputStream Override Path PATH_MAX Paths Pattern PDO pickle PreparedStatement
        PrintWriter Process ProcessBuilder Promise Properties Proxy RAND_MAX Random RegExp request requests
        ResultSet Runtime RuntimeException SecretKeySpec SecureRandom ServletException sessionStorage Set
        shared_ptr shell shelve SHRT_MAX shutil SIZE_MAX Socket sql SQLException sqlite3 Statement std stderr
        stdin stdout strconv String string_view StringBuffer StringBuilder stringstream subprocess System
        tarfile tempfile Thread Throwable UINT_MAX ULONG_MAX unique_ptr unordered_map unordered_set URL
        URLConnection urllib UUID va_list weak_ptr window wstring XMLHttpRequest XMLReader yaml zipfile
        """)

    /// Functions of standard libraries that say what a function does to data: those of ISO C, POSIX, BSD sockets, Windows and
    /// Linux that vulnerability data have most, and those that Python, JavaScript, Go and PHP have without an import.
    static let functions = set(
        """
        __import__ _alloca _snprintf _snwprintf _strdup _stricmp _tcscpy _wfopen abort abs accept access alarm
        alert aligned_alloc all alloca any append array_map array_merge asctime asprintf atexit atob atof atoi
        atol atoll base64 base64_decode base64_encode bcmp bcopy bind bsearch btoa bytearray bytes bzero
        call_user_func callable calloc cap chdir chmod chown chr chroot clearerr clearTimeout clock
        clock_gettime close closedir compile connect copy copy_from_user copy_to_user count creat
        create_function CreateFile CreateProcess crypt ctime curl_exec curl_init daemon decodeURIComponent
        DeleteFile dict divmod dlopen dlsym dprintf dup dup2 empty encodeURIComponent endpwent enumerate escape
        escapeshellarg escapeshellcmd eval exec execl execle execlp execv execve execvp explode extract fchmod
        fchown fclose fcntl fdopen feof ferror fetch fflush fgetc fgetpos fgets fgetwc fgetws file_get_contents
        file_put_contents fileno filter filter_input filter_var float flock fopen fork format fprintf fputc
        fputs fputwc fputws fread free freeaddrinfo freopen frozenset fscanf fseek fsetpos fstat fsync ftell
        ftruncate fwide fwprintf fwrite fwscanf get_user getaddrinfo getattr getc getchar getcwd getegid getenv
        geteuid getgid gethostbyname getline getlogin getopt getpass getpeername getpid getppid getpwnam
        getpwuid getrandom gets getsockname getsockopt gettimeofday getuid getwc getwd globals gmtime hasattr
        hash header HeapAlloc HeapFree hex html_entity_decode htmlentities htmlspecialchars htonl htons id
        implode in_array inet_addr inet_aton inet_ntoa inet_ntop inet_pton input intval ioctl is_array
        is_numeric isalnum isalpha isatty isdigit isinstance islower isNaN isprint ispunct isspace issubclass
        isupper isxdigit iter json_decode json_encode jsonify kfree kill kmalloc kzalloc labs lchown len link
        list listen LoadLibrary loads LocalAlloc LocalFree locals localtime log longjmp lseek lstat lstrcat
        lstrcpy make malloc mblen mbstowcs mbtowc md5 memccpy memchr memcmp memcpy memdup_user memmove
        memoryview mempcpy memset mkdir mkfifo mkstemp mktemp mktime mlock mmap move_uploaded_file mprotect
        mt_rand munmap mysql_connect mysql_error mysql_fetch_array mysql_query mysql_real_escape_string
        mysqli_query mysqli_real_escape_string nanosleep next ntohl ntohs object open openat opendir openlog ord
        panic parse_str parseFloat parseInt passthru password_hash password_verify pclose perror pg_query pipe
        poll popen posix_memalign pread preg_match preg_replace print print_r printf proc_open property
        pthread_create pthread_join pthread_mutex_lock pthread_mutex_unlock put_user putc putchar putenv puts
        pwrite qsort querySelector raise rand random raw_input rawurlencode read readdir readfile readlink
        realloc reallocarray realpath recover recv recvfrom recvmsg RegOpenKeyEx remove rename render_template
        render_template_string repr reversed rewind rmdir round scanf select send sendmsg sendto serialize
        session_start setattr setcookie setegid setenv seteuid setgid setInterval setjmp setlocale setsockopt
        setTimeout setuid sha1 shell_exec ShellExecute shutdown sigaction signal sleep slice snprintf socket
        sorted sprintf srand srandom sscanf stat stpcpy str str_replace strcasecmp strcat strchr strcmp strcoll
        strcpy strcspn strdup strerror strftime strip_tags stripslashes strlcat strlcpy strlen strncasecmp
        strncat strncmp strncpy strndup strnlen strpbrk strpos strrchr strsep strspn strstr strtod strtof strtok
        strtok_r strtol strtoll strtolower strtoul strtoull strtoupper strval substr sum super symlink syslog
        system tempnam time times tmpfile tmpnam tolower toupper trim truncate tuple umask uname unescape ungetc
        unlink unserialize unsetenv urldecode urlencode urlopen usleep va_arg va_copy va_end va_start
        vars vasprintf vfprintf vfree VirtualAlloc vmalloc vprintf vscanf vsnprintf vsprintf wait waitpid wcscat
        wcschr wcscmp wcscpy wcslen wcsncat wcsncpy wcstombs wctomb WinExec wmemcpy wmemset wprintf write writev
        zip
        """)

    private static func set(_ text: String) -> Set<String> {
        Set(text.split(whereSeparator: \.isWhitespace).map(String.init))
    }
}
