package org.patchbay.linux;

import static org.patchbay.linux.Native.BYTE;
import static org.patchbay.linux.Native.INT;
import static org.patchbay.linux.Native.LONG;
import static org.patchbay.linux.Native.SHORT;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.StructLayout;

/**
 * The structures of io_uring, of each union the member that is used here.
 *
 * <pre>{@code
 * struct io_uring_sqe {          struct io_uring_cqe {      struct io_uring_getevents_arg {
 *   __u8  opcode;                  __u64 user_data;           __u64 sigmask;
 *   __u8  flags;                   __s32 res;                 __u32 sigmask_sz;
 *   __u16 ioprio;                  __u32 flags;               __u32 pad;
 *   __s32 fd;                    };                           __u64 ts;
 *   __u64 off;                                              };
 *   __u64 addr;
 *   __u32 len;
 *   __u32 rw_flags;
 *   __u64 user_data;
 *   __u16 buf_index;
 *   __u16 personality;
 *   __u32 file_index;
 *   __u64 addr3;
 *   __u64 __pad2[1];
 * };
 *
 * struct io_uring_params {       struct io_sqring_offsets { struct io_cqring_offsets {
 *   __u32 sq_entries;              __u32 head;                __u32 head;
 *   __u32 cq_entries;              __u32 tail;                __u32 tail;
 *   __u32 flags;                   __u32 ring_mask;           __u32 ring_mask;
 *   __u32 sq_thread_cpu;           __u32 ring_entries;        __u32 ring_entries;
 *   __u32 sq_thread_idle;          __u32 flags;               __u32 overflow;
 *   __u32 features;                __u32 dropped;             __u32 cqes;
 *   __u32 wq_fd;                   __u32 array;               __u32 flags;
 *   __u32 resv[3];                 __u32 resv1;               __u32 resv1;
 *   struct io_sqring_offsets       __u64 resv2;               __u64 resv2;
 *     sq_off;                    };                         };
 *   struct io_cqring_offsets
 *     cq_off;
 * };
 * }</pre>
 */
final class IoUringLayout {
  static final StructLayout SQE =
      Native.struct(
          "struct io_uring_sqe",
          BYTE.withName("opcode"),
          BYTE.withName("flags"),
          SHORT.withName("ioprio"),
          INT.withName("fd"),
          LONG.withName("off"),
          LONG.withName("addr"),
          INT.withName("len"),
          INT.withName("rw_flags"),
          LONG.withName("user_data"),
          SHORT.withName("buf_index"),
          SHORT.withName("personality"),
          INT.withName("file_index"),
          LONG.withName("addr3"),
          MemoryLayout.sequenceLayout(1, LONG).withName("__pad2"));

  static final StructLayout CQE =
      Native.struct(
          "struct io_uring_cqe",
          LONG.withName("user_data"),
          INT.withName("res"),
          INT.withName("flags"));

  static final StructLayout GETEVENTS_ARG =
      Native.struct(
          "struct io_uring_getevents_arg",
          LONG.withName("sigmask"),
          INT.withName("sigmask_sz"),
          INT.withName("pad"),
          LONG.withName("ts"));

  static final StructLayout SQ_OFFSETS =
      Native.struct(
          "struct io_sqring_offsets",
          INT.withName("head"),
          INT.withName("tail"),
          INT.withName("ring_mask"),
          INT.withName("ring_entries"),
          INT.withName("flags"),
          INT.withName("dropped"),
          INT.withName("array"),
          INT.withName("resv1"),
          LONG.withName("resv2"));

  static final StructLayout CQ_OFFSETS =
      Native.struct(
          "struct io_cqring_offsets",
          INT.withName("head"),
          INT.withName("tail"),
          INT.withName("ring_mask"),
          INT.withName("ring_entries"),
          INT.withName("overflow"),
          INT.withName("cqes"),
          INT.withName("flags"),
          INT.withName("resv1"),
          LONG.withName("resv2"));

  static final StructLayout PARAMS =
      Native.struct(
          "struct io_uring_params",
          INT.withName("sq_entries"),
          INT.withName("cq_entries"),
          INT.withName("flags"),
          INT.withName("sq_thread_cpu"),
          INT.withName("sq_thread_idle"),
          INT.withName("features"),
          INT.withName("wq_fd"),
          MemoryLayout.sequenceLayout(3, INT).withName("resv"),
          SQ_OFFSETS.withName("sq_off"),
          CQ_OFFSETS.withName("cq_off"));

  private IoUringLayout() {}
}
