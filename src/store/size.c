#include "src/store/size.h"

#include <sys/stat.h>

#include "src/store/env.h"

static uint64_t table_bytes(const MDB_stat *stat) {
    return (uint64_t)stat->ms_psize *
           (stat->ms_branch_pages + stat->ms_leaf_pages + stat->ms_overflow_pages);
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
    out->reader_count = info.me_numreaders;
    out->format_version = KITHI_FORMAT_VERSION;
    return KITH_OK;
}
