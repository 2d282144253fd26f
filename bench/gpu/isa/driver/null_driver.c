/* A Vulkan driver around RADV's null device (RADV_FORCE_FAMILY=gfx1100, …), which compiles for a GPU that is not
   there. What would run on the GPU does nothing and succeeds: submits, fences, semaphores, recorded commands. Memory,
   which the null device lacks, is the host's, all zeros. That is enough for wgpu to create a device, record and submit.
   pipelines.c writes down every compute pipeline. ISA_DRIVER names RADV's library. */
#define _GNU_SOURCE
#include "null_driver.h"
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define EXPORT __attribute__((visibility("default")))

GetProc realGet;
PFN_vkGetDeviceProcAddr realDeviceGet;
static VkInstance theInstance;

static void *driver(void) {
  static void *handle;
  if (!handle) handle = dlopen(getenv("ISA_DRIVER"), RTLD_NOW);
  if (!handle) { fprintf(stderr, "Cannot load RADV: %s\n", dlerror()); exit(1); }
  if (!realGet) realGet = (GetProc)dlsym(handle, "vk_icdGetInstanceProcAddr");
  return handle;
}

/* ---- Commands and queues ---- */

static VkResult succeed(void) { return VK_SUCCESS; }
static void nothing(void) {}

/* A fence is always signalled; a semaphore is a counter. */
static VkResult createFence(VkDevice device, const void *info, const void *a, VkFence *fence) {
  (void)device; (void)info; (void)a;
  *fence = (VkFence)calloc(1, 8);
  return VK_SUCCESS;
}
static VkResult createSemaphore(VkDevice device, const VkSemaphoreCreateInfo *info, const void *a, VkSemaphore *out) {
  (void)device; (void)a;
  uint64_t *counter = calloc(1, 8);
  for (const VkBaseInStructure *n = info->pNext; n; n = n->pNext)
    if (n->sType == VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO)
      *counter = ((const VkSemaphoreTypeCreateInfo *)n)->initialValue;
  *out = (VkSemaphore)counter;
  return VK_SUCCESS;
}
static void destroyCounter(VkDevice device, uint64_t *counter, const void *a) { (void)device; (void)a; free(counter); }
static VkResult counterValue(VkDevice device, uint64_t *counter, uint64_t *value) {
  (void)device;
  *value = *counter;
  return VK_SUCCESS;
}
static VkResult queueSubmit(VkQueue queue, uint32_t count, const VkSubmitInfo *submits, VkFence fence) {
  (void)queue; (void)fence;
  for (uint32_t n = 0; n < count; n++)
    for (const VkBaseInStructure *p = submits[n].pNext; p; p = p->pNext) {
      if (p->sType != VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO) continue;
      const VkTimelineSemaphoreSubmitInfo *t = (const void *)p;
      for (uint32_t m = 0; m < t->signalSemaphoreValueCount && m < submits[n].signalSemaphoreCount; m++)
        *(uint64_t *)submits[n].pSignalSemaphores[m] = t->pSignalSemaphoreValues[m];
    }
  return VK_SUCCESS;
}
static VkResult queryResults(VkDevice device, VkQueryPool pool, uint32_t first, uint32_t count, size_t bytes, void *data) {
  (void)device; (void)pool; (void)first; (void)count;
  memset(data, 0, bytes);
  return VK_SUCCESS;
}

/* ---- Memory: one type, whose pages take room only once they are written ---- */

#define HEAP_BYTES (64ull << 30)
typedef struct { size_t bytes; void *data; } Block;

static void memoryProperties(VkPhysicalDevice device, VkPhysicalDeviceMemoryProperties *m) {
  (void)device;
  memset(m, 0, sizeof *m);
  m->memoryTypeCount = m->memoryHeapCount = 1;
  m->memoryHeaps[0] = (VkMemoryHeap){ HEAP_BYTES, VK_MEMORY_HEAP_DEVICE_LOCAL_BIT };
  m->memoryTypes[0].propertyFlags = VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT | VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT |
    VK_MEMORY_PROPERTY_HOST_COHERENT_BIT | VK_MEMORY_PROPERTY_HOST_CACHED_BIT;
}
static void memoryProperties2(VkPhysicalDevice device, VkPhysicalDeviceMemoryProperties2 *m) {
  memoryProperties(device, &m->memoryProperties);
  for (VkBaseOutStructure *n = m->pNext; n; n = n->pNext) {
    if (n->sType != VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_BUDGET_PROPERTIES_EXT) continue;
    VkPhysicalDeviceMemoryBudgetPropertiesEXT *budget = (void *)n;
    memset(budget->heapUsage, 0, sizeof budget->heapUsage);
    budget->heapBudget[0] = HEAP_BYTES;
  }
}
static void bufferNeeds(VkDevice device, VkBuffer buffer, VkMemoryRequirements *needs) {
  ((PFN_vkGetBufferMemoryRequirements)realDeviceGet(device, "vkGetBufferMemoryRequirements"))(device, buffer, needs);
  needs->memoryTypeBits = 1;
}
static void bufferNeeds2(VkDevice device, const VkBufferMemoryRequirementsInfo2 *info, VkMemoryRequirements2 *needs) {
  bufferNeeds(device, info->buffer, &needs->memoryRequirements);
}
static VkResult allocateMemory(VkDevice device, const VkMemoryAllocateInfo *info, const void *a, Block **out) {
  (void)device; (void)a;
  const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  void *data = mmap(NULL, info->allocationSize, PROT_READ | PROT_WRITE, flags, -1, 0);
  if (data == MAP_FAILED) return VK_ERROR_OUT_OF_DEVICE_MEMORY;
  *out = malloc(sizeof **out);
  **out = (Block){ info->allocationSize, data };
  return VK_SUCCESS;
}
static void freeMemory(VkDevice device, Block *block, const void *a) {
  (void)device; (void)a;
  if (!block) return;
  munmap(block->data, block->bytes);
  free(block);
}
static VkResult mapMemory(VkDevice device, Block *block, VkDeviceSize at, VkDeviceSize bytes, VkFlags flags, void **out) {
  (void)device; (void)bytes; (void)flags;
  *out = (char *)block->data + at;
  return VK_SUCCESS;
}

/* ---- Instance and device ---- */

static VkResult createInstance(const VkInstanceCreateInfo *info, const VkAllocationCallbacks *a, VkInstance *out) {
  VkResult result = ((PFN_vkCreateInstance)realGet(NULL, "vkCreateInstance"))(info, a, out);
  if (result == VK_SUCCESS) theInstance = *out;
  return result;
}
static VkResult createDevice(VkPhysicalDevice p, const VkDeviceCreateInfo *given, const VkAllocationCallbacks *a, VkDevice *out) {
  VkDeviceCreateInfo info = *given;
  const char **names = calloc(info.enabledExtensionCount + 1, sizeof *names);
  if (info.enabledExtensionCount)
    memcpy(names, info.ppEnabledExtensionNames, info.enabledExtensionCount * sizeof *names);
  names[info.enabledExtensionCount++] = VK_KHR_PIPELINE_EXECUTABLE_PROPERTIES_EXTENSION_NAME;
  info.ppEnabledExtensionNames = names;
  realDeviceGet = (PFN_vkGetDeviceProcAddr)realGet(theInstance, "vkGetDeviceProcAddr");
  VkResult result = ((PFN_vkCreateDevice)realGet(theInstance, "vkCreateDevice"))(p, &info, a, out);
  free(names);
  return result;
}

/* ---- Which function stands for which name ---- */

static PFN_vkVoidFunction deviceGet(VkDevice device, const char *name);

static const struct { const char *name; void *function; } replaced[] = {
  { "vkCreateInstance", createInstance }, { "vkCreateDevice", createDevice }, { "vkGetDeviceProcAddr", deviceGet },
  { "vkCreateShaderModule", createShaderModule }, { "vkCreateComputePipelines", createComputePipelines },
  { "vkCreateFence", createFence }, { "vkDestroyFence", destroyCounter }, { "vkResetFences", succeed },
  { "vkGetFenceStatus", succeed }, { "vkWaitForFences", succeed },
  { "vkCreateSemaphore", createSemaphore }, { "vkDestroySemaphore", destroyCounter },
  { "vkGetSemaphoreCounterValue", counterValue }, { "vkGetSemaphoreCounterValueKHR", counterValue },
  { "vkWaitSemaphores", succeed }, { "vkWaitSemaphoresKHR", succeed },
  { "vkQueueSubmit", queueSubmit }, { "vkQueueWaitIdle", succeed }, { "vkDeviceWaitIdle", succeed },
  { "vkBeginCommandBuffer", succeed }, { "vkEndCommandBuffer", succeed }, { "vkResetCommandBuffer", succeed },
  { "vkResetCommandPool", succeed }, { "vkGetQueryPoolResults", queryResults },
  { "vkGetPhysicalDeviceMemoryProperties", memoryProperties },
  { "vkGetPhysicalDeviceMemoryProperties2", memoryProperties2 },
  { "vkGetPhysicalDeviceMemoryProperties2KHR", memoryProperties2 },
  { "vkGetBufferMemoryRequirements", bufferNeeds }, { "vkGetBufferMemoryRequirements2", bufferNeeds2 },
  { "vkGetBufferMemoryRequirements2KHR", bufferNeeds2 },
  { "vkAllocateMemory", allocateMemory }, { "vkFreeMemory", freeMemory }, { "vkMapMemory", mapMemory },
  { "vkUnmapMemory", nothing }, { "vkFlushMappedMemoryRanges", succeed },
  { "vkInvalidateMappedMemoryRanges", succeed }, { "vkBindBufferMemory", succeed },
  { "vkBindBufferMemory2", succeed }, { "vkBindBufferMemory2KHR", succeed }, { "vkUpdateDescriptorSets", nothing },
};

static PFN_vkVoidFunction replacement(const char *name) {
  for (size_t n = 0; n < sizeof replaced / sizeof *replaced; n++)
    if (!strcmp(name, replaced[n].name)) return (PFN_vkVoidFunction)replaced[n].function;
  return strncmp(name, "vkCmd", 5) ? NULL : (PFN_vkVoidFunction)nothing;
}
static PFN_vkVoidFunction either(PFN_vkVoidFunction real, const char *name) {
  PFN_vkVoidFunction own = replacement(name);
  return real && own ? own : real;
}
static PFN_vkVoidFunction deviceGet(VkDevice device, const char *name) { return either(realDeviceGet(device, name), name); }

EXPORT PFN_vkVoidFunction vk_icdGetInstanceProcAddr(VkInstance instance, const char *name) {
  driver();
  return either(realGet(instance, name), name);
}
EXPORT PFN_vkVoidFunction vk_icdGetPhysicalDeviceProcAddr(VkInstance instance, const char *name) {
  return either(((GetProc)dlsym(driver(), "vk_icdGetPhysicalDeviceProcAddr"))(instance, name), name);
}
EXPORT VkResult vk_icdNegotiateLoaderICDInterfaceVersion(uint32_t *version) {
  return ((VkResult (*)(uint32_t *))dlsym(driver(), "vk_icdNegotiateLoaderICDInterfaceVersion"))(version);
}
