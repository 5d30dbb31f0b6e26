#include "src/store/size.h"

#include <sys/stat.h>

#include "src/store/env.h"

static uint64_t table_bytes(const MDB_stat *stat) {
    return (uint64_t)stat->ms_psize *
           (stat->ms_branch_pages + stat->ms_leaf_pages + stat->ms_overflow_pages);
}

static int count_line(const char *text, void *context) {
    (void)text;
    (*(uint32_t *)context)++;
    return 0;
}

/* LMDB lists the slots in use as lines under a headline, or says in one line that there are none;
 * its own count is of those that ever were in use at one time. */
static uint32_t count_readers(MDB_env *mdb) {
    uint32_t lines = 0;
    mdb_reader_list(mdb, count_line, &lines);
    return lines > 0 ? lines - 1 : 0;
}

int kithi_store_size(kith_txn *txn, kith_stat *out) {
    kithi_env *env = txn->store->env;
    MDB_envinfo info;
    MDB_stat stat;
    mdb_filehandle_t file;
    struct stat status;
    mdb_env_info(env->mdb, &info);
    mdb_env_stat(env->mdb, &stat);
    out->used_bytes = 2 * (uint64_t)stat.ms_psize + table_bytes(&stat);
    for (int i = 0; i < KITHI_TABLE_COUNT; i++) {
        int rc = mdb_stat(txn->mdb, env->tables[i], &stat);
        if (rc != 0) {
            return kithi_mdb_error(&txn->error, rc, "read the store");
        }
        out->used_bytes += table_bytes(&stat);
    }
    if (mdb_env_get_fd(env->mdb, &file) == 0 && fstat(file, &status) == 0) {
        out->file_bytes = (uint64_t)status.st_size;
    }
    out->map_bytes = info.me_mapsize;
    out->reader_count = count_readers(env->mdb);
    out->format_version = KITHI_FORMAT_VERSION;
    return KITH_OK;
}
