#!/bin/sh
# Every public header compiles alone, without help from any other, as C11 and as C++17, and kith.h includes them all.
# Usage: test_headers.sh INCLUDE_FOLDER; CC and CXX name the compilers.
set -u
include=$1
cc=${CC:-cc}
cxx=${CXX:-c++}
passed=0
failed=0

# check NAME COMMAND...
check() {
    name=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
    else
        echo "FAILED: $name"
        failed=$((failed + 1))
    fi
}

# $cc and $cxx may hold a wrapper's name before the compiler's.
compile_c() {
    printf '#include <%s>\nint kith_header_is_here;\n' "$1" |
        $cc -std=c11 -Wall -Wextra -pedantic -Werror -I"$include" -x c -fsyntax-only -
}

compile_cxx() {
    printf '#include <%s>\nint kith_header_is_here;\n' "$1" |
        $cxx -std=c++17 -Wall -Wextra -pedantic -Werror -I"$include" -x c++ -fsyntax-only -
}

# Twice is once.
compile_twice() {
    printf '#include <%s>\n#include <%s>\nint kith_header_is_here;\n' "$1" "$1" |
        $cc -std=c11 -Wall -Wextra -pedantic -Werror -I"$include" -x c -fsyntax-only -
}

# A host has Arrow's structs from elsewhere, before kith's or after them.
host_structs='
#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE
struct ArrowSchema { int a; };
struct ArrowArray { int a; };
#endif
#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE
struct ArrowArrayStream { int a; };
#endif'

compile_beside() {
    printf '%s\nint kith_header_is_here;\n' "$1" |
        $cc -std=c11 -Wall -Wextra -pedantic -Werror -I"$include" -x c -fsyntax-only -
}

is_in_umbrella() {
    grep -q "#include \"$1\"" "$include/kith.h"
}

has_cxx=yes
if ! echo 'int a;' | $cxx -x c++ -fsyntax-only - 2>/dev/null; then
    echo "SKIPPED: there is no C++ compiler ($cxx)"
    has_cxx=
fi

for path in "$include"/kith.h "$include"/kith/*.h; do
    header=${path#"$include"/}
    check "$header as C11" compile_c "$header"
    check "$header twice" compile_twice "$header"
    [ -z "$has_cxx" ] || check "$header as C++17" compile_cxx "$header"
    [ "$header" = kith.h ] || check "$header in kith.h" is_in_umbrella "$header"
done

check "kith.h after Arrow's structs" compile_beside "$host_structs
#include <kith.h>"
check "kith.h before Arrow's structs" compile_beside "#include <kith.h>
$host_structs"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
