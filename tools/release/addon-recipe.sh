#!/bin/sh
# Builds better-sqlite3's add-on from the sources in this folder; runs in the root of an old Debian, whose
# compiler and C library decide what the add-on asks for. TOOLS is the prefix of the compiler's name, if any.
set -eu
cd "$(dirname "$0")"
both='-O3 -DNDEBUG -fPIC -pthread -D_FILE_OFFSET_BITS=64 -D_LARGEFILE_SOURCE -fno-strict-aliasing -ffile-prefix-map=/work=.'
cc=${TOOLS-}gcc
cxx=${TOOLS-}g++

# of these functions the C library has an older version, which does the same
version=GLIBC_2.2.5
case $cc in aarch64*) version=GLIBC_2.17 ;; esac
for function in exp exp2 log log2 pow; do
  echo "__asm__(\".symver $function,$function@$version\");"
done >older.h

# shellcheck disable=SC2086,SC2046
{
  $cc $both -std=c99 -w -include older.h $(cat sqlite.defines) -c deps/sqlite3/sqlite3.c -o sqlite3.o
  $cxx $both -std=c++20 -fno-rtti -fno-exceptions -fvisibility=hidden -fvisibility-inlines-hidden \
    -DNAPI_VERSION=10 -DNAPI_DISABLE_CPP_EXCEPTIONS -DNODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS -DBUILDING_NODE_EXTENSION \
    -Iinclude/node -Iinclude/node-addon-api -Ideps/sqlite3 -c src/better_sqlite3.cpp -o better_sqlite3.o
  $cxx -shared -pthread -static-libstdc++ -static-libgcc -Wl,-Bsymbolic -Wl,--exclude-libs,ALL -Wl,-z,relro,-z,now \
    -o better_sqlite3.node better_sqlite3.o sqlite3.o -lm -ldl
}
"${TOOLS-}objdump" -T better_sqlite3.node >symbols
cat /usr/share/doc/gcc-10-base/copyright >gcc-copyright
"$cxx" -dumpfullversion >gcc-version
