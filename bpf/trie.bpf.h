#ifndef T_H
#define T_H
static __always_inline __u32 trie_step(void *map, __u32 block, __u32 byte)
{
	struct xhop_block *b = bpf_map_lookup_elem(map, &block);
	return b ? b->entry[byte & 255] : 0;
}
static __always_inline __u32 trie_lookup4(void *map, __be32 addr)
{
	__u32 a = bpf_ntohl(addr);
	__u32 e = trie_step(map, a >> 24, a >> 16);
	if (e & XHOP_CHILD) e = trie_step(map, e & ~XHOP_CHILD, a >> 8);
	if (e & XHOP_CHILD) e = trie_step(map, e & ~XHOP_CHILD, a);
	return e & XHOP_CHILD ? 0 : e;
}
static __always_inline __u32 trie_lookup6(void *map, const __u32 *addr)
{
	__u32 a = bpf_ntohl(addr[0]);
	return trie_step(map, a >> 24, a >> 16);
}
#endif
