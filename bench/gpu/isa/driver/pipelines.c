/* Writes what RADV's compiler made of each compute pipeline into the folder $ISA_OUT: NNN.txt holds its label (the
   environment variable ISA_LABEL at that moment) and statistics, NNN.asm its machine code, NNN.nir and NNN.aco
   what came before, NNN.spv what the compiler was given. */
#include "null_driver.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MODULES 4096 /* older ones are forgotten: a pipeline follows its module closely */
static struct { VkShaderModule module; size_t bytes; void *code; } modules[MODULES];
static unsigned moduleCount, pipelineCount;

VkResult createShaderModule(VkDevice device, const VkShaderModuleCreateInfo *info, const VkAllocationCallbacks *a,
                            VkShaderModule *module) {
  PFN_vkCreateShaderModule real = (PFN_vkCreateShaderModule)realDeviceGet(device, "vkCreateShaderModule");
  VkResult result = real(device, info, a, module);
  unsigned at = moduleCount++ % MODULES;
  free(modules[at].code);
  modules[at].module = *module;
  modules[at].bytes = info->codeSize;
  modules[at].code = memcpy(malloc(info->codeSize), info->pCode, info->codeSize);
  return result;
}

static FILE *output(unsigned number, const char *kind) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%03u.%s", getenv("ISA_OUT") ? getenv("ISA_OUT") : ".", number, kind);
  FILE *file = fopen(path, "w");
  if (!file) { perror(path); exit(1); }
  return file;
}

static void writeStatistics(VkDevice device, const VkPipelineExecutableInfoKHR *info, unsigned number) {
  PFN_vkGetPipelineExecutableStatisticsKHR get =
    (PFN_vkGetPipelineExecutableStatisticsKHR)realDeviceGet(device, "vkGetPipelineExecutableStatisticsKHR");
  uint32_t count = 0;
  get(device, info, &count, NULL);
  VkPipelineExecutableStatisticKHR *all = calloc(count, sizeof *all);
  for (uint32_t n = 0; n < count; n++) all[n].sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_STATISTIC_KHR;
  get(device, info, &count, all);
  FILE *file = output(number, "txt");
  fprintf(file, "label\t%s\n", getenv("ISA_LABEL") ? getenv("ISA_LABEL") : "");
  for (uint32_t n = 0; n < count; n++)
    if (all[n].format == VK_PIPELINE_EXECUTABLE_STATISTIC_FORMAT_FLOAT64_KHR)
      fprintf(file, "%s\t%g\n", all[n].name, all[n].value.f64);
    else fprintf(file, "%s\t%llu\n", all[n].name, (unsigned long long)all[n].value.u64);
  fclose(file);
  free(all);
}

static void writeTexts(VkDevice device, const VkPipelineExecutableInfoKHR *info, unsigned number) {
  PFN_vkGetPipelineExecutableInternalRepresentationsKHR get = (PFN_vkGetPipelineExecutableInternalRepresentationsKHR)
    realDeviceGet(device, "vkGetPipelineExecutableInternalRepresentationsKHR");
  uint32_t count = 0;
  get(device, info, &count, NULL);
  VkPipelineExecutableInternalRepresentationKHR *all = calloc(count, sizeof *all);
  for (uint32_t n = 0; n < count; n++)
    all[n].sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_INTERNAL_REPRESENTATION_KHR;
  get(device, info, &count, all); /* sizes */
  for (uint32_t n = 0; n < count; n++) all[n].pData = calloc(1, all[n].dataSize + 1);
  get(device, info, &count, all); /* texts */
  for (uint32_t n = 0; n < count; n++) {
    const char *kind = strstr(all[n].name, "Assembly") ? "asm" : strstr(all[n].name, "NIR") ? "nir" : "aco";
    FILE *file = output(number, kind);
    fputs(all[n].pData, file);
    fclose(file);
    free(all[n].pData);
  }
  free(all);
}

static void writeModule(VkShaderModule module, unsigned number) {
  for (unsigned n = 0; n < MODULES; n++) {
    if (modules[n].module != module || !modules[n].code) continue;
    FILE *file = output(number, "spv");
    fwrite(modules[n].code, 1, modules[n].bytes, file);
    fclose(file);
  }
}

VkResult createComputePipelines(VkDevice device, VkPipelineCache cache, uint32_t count,
                                const VkComputePipelineCreateInfo *infos, const VkAllocationCallbacks *a,
                                VkPipeline *pipelines) {
  PFN_vkCreateComputePipelines real = (PFN_vkCreateComputePipelines)realDeviceGet(device, "vkCreateComputePipelines");
  (void)cache;
  for (uint32_t n = 0; n < count; n++) {
    VkComputePipelineCreateInfo info = infos[n];
    info.flags |= VK_PIPELINE_CREATE_CAPTURE_STATISTICS_BIT_KHR |
      VK_PIPELINE_CREATE_CAPTURE_INTERNAL_REPRESENTATIONS_BIT_KHR;
    /* Without a cache, which would return a pipeline without its texts. */
    VkResult result = real(device, VK_NULL_HANDLE, 1, &info, a, &pipelines[n]);
    if (result != VK_SUCCESS) return result;
    if (!getenv("ISA_LABEL")) continue; /* one that wgpu makes for itself */
    VkPipelineExecutableInfoKHR executable = { VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_INFO_KHR, NULL, pipelines[n], 0 };
    unsigned number = pipelineCount++;
    writeStatistics(device, &executable, number);
    writeTexts(device, &executable, number);
    writeModule(info.stage.module, number);
  }
  return VK_SUCCESS;
}
